package org.tapeloop.nn.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;

/**
 * Attention of a decoder to the outputs of an encoder, which are keys and values at once. What can
 * be computed from these alone is computed once, see {@link #over}; the decoder then asks step by
 * step, or for all steps together.
 *
 * <pre>{@code
 * SequenceAttention.Memory memory = attention.over(encoded, lengths);
 * Tensor context = memory.attend(h).context();
 * }</pre>
 */
public abstract class SequenceAttention extends Layer implements DecoderAttention {

  /** For subclasses. */
  protected SequenceAttention() {}

  /**
   * How queries will be held against keys.
   *
   * @param keys [B, Tk, Dk]
   */
  protected abstract Scores scores(Tensor keys);

  /**
   * Refuses keys that do not fit, before anything is computed.
   *
   * @param keySize their last extent
   * @throws IllegalArgumentException naming it
   */
  protected abstract void checkKeys(int keySize);

  /**
   * Refuses queries that do not fit, before anything is computed.
   *
   * @param querySize their last extent
   * @param keySize that of the keys
   * @throws IllegalArgumentException naming it
   */
  protected abstract void checkQueries(int querySize, int keySize);

  /**
   * Keys, which are the values too, ready to be asked.
   *
   * @param keys [Tk, B, Dk], as the layers give them
   * @param lengths of the sequences, or null if all have Tk steps
   * @throws IllegalArgumentException if shapes do not fit
   */
  public final Memory over(Tensor keys, @Nullable Lengths lengths) {
    if (keys.rank() != 3) {
      throw new IllegalArgumentException(
          "attention: keys must be [time, batch, features], not " + keys.shape());
    }
    checkKeys(keys.extent(2));
    if (lengths != null) {
      lengths.check(keys.extent(0), keys.extent(1));
    }
    AttentionMask mask = lengths == null ? AttentionMask.NONE : AttentionMask.NONE.lengths(lengths);
    Tensor values = ScaledDotProduct.unspoiled(keys.transpose(0, 1), mask).contiguous();
    return new Memory(new MemoryRows(values, lengths), mask);
  }

  @Override
  public final Reader reader(Tensor memory, @Nullable Lengths lengths) {
    Memory ready = over(memory, lengths);
    return new Reader() {
      @Override
      public List<Tensor> initialState(int batch) {
        return List.of();
      }

      @Override
      public Read read(Tensor query, List<Tensor> state) {
        Attended attended = ready.attend(query);
        return new Read(attended.context(), attended.weights(), state);
      }
    };
  }

  @Override
  public final int contextSize(int memorySize) {
    return memorySize;
  }

  @Override
  public final void checkSizes(int querySize, int memorySize) {
    checkKeys(memorySize);
    checkQueries(querySize, memorySize);
  }

  /** Attends at once: {@code over(keys, lengths).attend(query)}. */
  public final Attended forward(Tensor query, Tensor keys, @Nullable Lengths lengths) {
    return over(keys, lengths).attend(query);
  }

  /** Keys that queries are held against, with the parameters as they were when it was made. */
  public final class Memory {
    private final MemoryRows rows;
    private final AttentionMask mask;
    private final Scores scores;

    private Memory(MemoryRows rows, AttentionMask mask) {
      this.rows = rows;
      this.mask = mask;
      scores = scores(rows.values());
    }

    /**
     * The context of queries. For one step it compiles in a step, and keys of a batch of one serve
     * any batch.
     *
     * @param query [Tq, B, Dq], or [B, Dq] of one step
     * @return context [Tq, B, Dk] and weights [B, Tq, Tk]; of one step [B, Dk] and [B, Tk]
     */
    public Attended attend(Tensor query) {
      Tensor values = rows.values();
      boolean step = query.rank() == 2 && rows.serves(query.extent(0));
      if (!step && (query.rank() != 3 || query.extent(1) != values.extent(0))) {
        throw new IllegalArgumentException(
            "attention: keys of a batch of %d want queries [time, batch, features], not %s"
                .formatted(values.extent(0), query.shape()));
      }
      checkQueries(query.extent(-1), values.extent(2));
      if (step) {
        Tensor weights = rows.weights(scores.ofStep(query));
        return new Attended(MemoryRows.weighed(weights, values), weights);
      }
      Tensor weights = mask.weights(scores.of(query.transpose(0, 1)));
      return new Attended(weights.matmul(values).transpose(0, 1), weights);
    }
  }

  /** The error of the checks. */
  protected final void requireSize(String what, int wanted, int found) {
    AttentionSizes.requireSize(getClass().getSimpleName(), what, wanted, found);
  }
}
