package org.tapeloop.nn.attention;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.Parameter;

/**
 * Several scaled dot products side by side, as PyTorch's {@code nn.MultiheadAttention}.
 *
 * <pre>
 * head_i = attention(W_q q, W_k k, W_v v) over columns i E/n ... (i + 1) E/n - 1,  scale 1/sqrt(E/n)
 * out = W_o [head_1, ..., head_n] + b_o
 * </pre>
 *
 * <p>Parameters {@code in_proj_weight} [3E, E], which is W_q, W_k and W_v, or where keys or values
 * have another size {@code q_proj_weight} [E, E], {@code k_proj_weight} [E, K] and {@code
 * v_proj_weight} [E, V]; {@code in_proj_bias} [3E]; {@code out_proj.weight} [E, E] and {@code
 * out_proj.bias} [E]. Projections are drawn as Xavier's, the output's weight uniformly from
 * (-1/sqrt(E), 1/sqrt(E)), biases are 0.
 *
 * <p>Source: Vaswani et al. 2017, arXiv 1706.03762.
 */
public final class MultiHeadAttention extends Layer implements DecoderAttention {
  private final int size;
  private final int heads;
  private final List<Parameter> projections;
  private final @Nullable Parameter inBias;
  private final Linear output;

  /**
   * An attention whose queries, keys and values have the same size.
   *
   * @param embedSize E, a multiple of the heads
   * @param heads n
   */
  public MultiHeadAttention(int embedSize, int heads, Generator generator) {
    this(embedSize, heads, embedSize, embedSize, true, generator);
  }

  /**
   * An attention.
   *
   * @param embedSize E, a multiple of the heads
   * @param heads n
   * @param keySize K
   * @param valueSize V
   * @param bias whether projections and output have one
   * @throws IllegalArgumentException if sizes are not positive, or heads do not divide E
   */
  public MultiHeadAttention(
      int embedSize, int heads, int keySize, int valueSize, boolean bias, Generator generator) {
    AttentionSizes.requirePositive("MultiHeadAttention", embedSize, heads, keySize, valueSize);
    if (embedSize % heads != 0) {
      throw new IllegalArgumentException(
          "MultiHeadAttention: %d features do not divide into %d heads"
              .formatted(embedSize, heads));
    }
    size = embedSize;
    this.heads = heads;
    Initializer xavier = Initializer.xavierUniform();
    projections =
        keySize == embedSize && valueSize == embedSize
            ? List.of(
                parameter("in_proj_weight", xavier.create(Shape.of(3 * size, size), generator)))
            : List.of(
                parameter("q_proj_weight", xavier.create(Shape.of(size, size), generator)),
                parameter("k_proj_weight", xavier.create(Shape.of(size, keySize), generator)),
                parameter("v_proj_weight", xavier.create(Shape.of(size, valueSize), generator)));
    inBias = bias ? parameter("in_proj_bias", Tensor.zeros(3 * size)) : null;
    output =
        child(
            "out_proj",
            bias ? new Linear(size, size, generator) : Linear.withoutBias(size, size, generator));
    Parameter outBias = output.bias();
    if (outBias != null) {
      outBias.set(Tensor.zeros(size));
    }
  }

  /** Attention of a sequence to itself: {@code forward(x, x, x, mask)}. */
  public Attended forward(Tensor x, AttentionMask mask) {
    return forward(x, x, x, mask);
  }

  /**
   * Attends.
   *
   * @param query [Tq, B, E]
   * @param key [Tk, B, K]
   * @param value [Tk, B, V]
   * @param mask of scores [B, n, Tq, Tk]
   * @return context [Tq, B, E], weights [B, n, Tq, Tk]; PyTorch gives their mean over heads unless
   *     asked
   * @throws IllegalArgumentException if shapes do not fit
   */
  public Attended forward(Tensor query, Tensor key, Tensor value, AttentionMask mask) {
    check("query", query, weight(0), query);
    check("key", key, weight(1), query);
    check("value", value, weight(2), query);
    if (key.extent(0) != value.extent(0)) {
      throw new IllegalArgumentException(
          "MultiHeadAttention: key %s and value %s differ in time"
              .formatted(key.shape(), value.shape()));
    }
    Tensor clean = cleared(key, mask);
    Tensor cleanValue = value == key ? clean : cleared(value, mask);
    Attended perHead =
        ScaledDotProduct.attend(
            projected(query, 0), projected(clean, 1), projected(cleanValue, 2), mask);
    // [B, n, Tq, E/n] as [Tq, B, E]
    Tensor joined =
        perHead.context().permute(2, 0, 1, 3).reshape(query.extent(0), query.extent(1), size);
    return new Attended(output.forward(joined), perHead.weights());
  }

  /** A memory whose places are keys and values at once, as {@code forward(q, memory, memory)}. */
  @Override
  public Reader reader(Tensor memory, @Nullable Lengths lengths) {
    check("key", memory, weight(1), memory);
    check("value", memory, weight(2), memory);
    AttentionMask mask = lengths == null ? AttentionMask.NONE : AttentionMask.NONE.lengths(lengths);
    Tensor clean = cleared(memory, mask);
    return new HeadReader(projected(clean, 1), projected(clean, 2), lengths);
  }

  @Override
  public int contextSize(int memorySize) {
    return size;
  }

  @Override
  public void checkSizes(int querySize, int memorySize) {
    String name = "MultiHeadAttention";
    AttentionSizes.requireSize(name, "queries", size, querySize);
    AttentionSizes.requireSize(name, "keys", weight(1).extent(1), memorySize);
    AttentionSizes.requireSize(name, "values", weight(2).extent(1), memorySize);
  }

  /** Heads one after the other, as a step sees the rows of one matrix at a time. */
  private final class HeadReader implements Reader {
    private final List<Scores> scores = new ArrayList<>();
    private final List<MemoryRows> values = new ArrayList<>();
    private final Tensor weightQuery = weight(0).contiguous();
    private final @Nullable Tensor biasQuery =
        inBias == null ? null : inBias.value().narrow(0, 0, size).contiguous();

    /** Keys and values [B, n, Tk, E/n]. */
    HeadReader(Tensor keys, Tensor values, @Nullable Lengths lengths) {
      double scale = 1 / Math.sqrt(keys.extent(3));
      for (int head = 0; head < heads; head++) {
        Tensor ofHead = keys.select(1, head).mul(scale);
        scores.add(new Scores.ByProduct(ofHead.contiguous()));
        this.values.add(new MemoryRows(values.select(1, head).contiguous(), lengths));
      }
    }

    @Override
    public List<Tensor> initialState(int batch) {
      return List.of();
    }

    @Override
    public Read read(Tensor query, List<Tensor> state) {
      if (query.rank() != 2
          || query.extent(1) != size
          || !values.getFirst().serves(query.extent(0))) {
        throw new IllegalArgumentException(
            "MultiHeadAttention: keys of a batch of %d want queries [batch, %d], not %s"
                .formatted(values.getFirst().values().extent(0), size, query.shape()));
      }
      List<Tensor> queries = query.affine(weightQuery, biasQuery).chunk(heads, 1);
      List<Tensor> contexts = new ArrayList<>();
      Tensor mean = null;
      for (int head = 0; head < heads; head++) {
        MemoryRows rows = values.get(head);
        Tensor weights = rows.weights(scores.get(head).ofStep(queries.get(head)));
        contexts.add(MemoryRows.weighed(weights, rows.values()));
        mean = mean == null ? weights : mean.add(weights);
      }
      Tensor context = output.forward(heads == 1 ? contexts.getFirst() : Tensor.cat(contexts, 1));
      return new Read(context, Objects.requireNonNull(mean).div(heads), state);
    }
  }

  private static Tensor cleared(Tensor x, AttentionMask mask) {
    var lengths = mask.keyLengths();
    if (lengths == null) {
      return x;
    }
    lengths.check(x.extent(0), x.extent(1));
    return lengths.mask(x.dtype(), x.extent(0)).where(x, x.zerosLike());
  }

  /** x [T, B, F] as [B, n, T, E/n]. */
  private Tensor projected(Tensor x, int which) {
    Tensor bias = inBias == null ? null : inBias.value().narrow(0, which * size, size);
    Tensor y = x.affine(weight(which), bias);
    return y.reshape(x.extent(0), x.extent(1), heads, size / heads).permute(1, 2, 0, 3);
  }

  private Tensor weight(int which) {
    return projections.size() == 1
        ? projections.getFirst().value().narrow(0, which * size, size)
        : projections.get(which).value();
  }

  private static void check(String what, Tensor x, Tensor weight, Tensor query) {
    if (x.rank() != 3 || x.extent(2) != weight.extent(1) || x.extent(1) != query.extent(1)) {
      throw new IllegalArgumentException(
          "MultiHeadAttention: %s must be [time, batch, %d], of the query's batch, not %s"
              .formatted(what, weight.extent(1), x.shape()));
    }
  }
}
