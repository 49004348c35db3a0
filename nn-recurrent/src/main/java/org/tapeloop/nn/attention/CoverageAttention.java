package org.tapeloop.nn.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Parameter;

/**
 * Additive attention that knows what was attended to before, so that it need not repeat itself.
 *
 * <pre>
 * score(q, k_j) = w . tanh(W_q q + W_k k_j + w_c coverage_j + b)
 * coverage' = coverage + weights
 * </pre>
 *
 * <p>Coverage [B, Tk] is the sum of the weights of all steps before, and starts at zeros. In a
 * decoder the state has the coverage and the sum of all steps' losses, see {@link #penalty}.
 *
 * <p>Parameters {@code weight_query} [A, Dq], {@code weight_key} [A, Dk], {@code weight_coverage}
 * [A], {@code bias} [A] and {@code weight_score} [A], drawn uniformly from (-1/sqrt(n), 1/sqrt(n))
 * with n the size of what they multiply (A for the bias).
 *
 * <p>Source: See, Liu and Manning 2017, arXiv 1704.04368; Tu et al. 2016, arXiv 1601.04811.
 */
public final class CoverageAttention extends Layer implements DecoderAttention {
  private final Parameter weightQuery;
  private final Parameter weightKey;
  private final Parameter weightCoverage;
  private final Parameter bias;
  private final Parameter weightScore;

  /**
   * An attention.
   *
   * @param querySize Dq
   * @param keySize Dk
   * @param attentionSize A
   */
  public CoverageAttention(int querySize, int keySize, int attentionSize, Generator generator) {
    AttentionSizes.requirePositive("CoverageAttention", querySize, keySize, attentionSize);
    Shape vector = Shape.of(attentionSize);
    weightQuery =
        parameter(
            "weight_query",
            Initializer.inverseRoot(querySize)
                .create(Shape.of(attentionSize, querySize), generator));
    weightKey =
        parameter(
            "weight_key",
            Initializer.inverseRoot(keySize).create(Shape.of(attentionSize, keySize), generator));
    weightCoverage =
        parameter("weight_coverage", Initializer.inverseRoot(1).create(vector, generator));
    bias = parameter("bias", Initializer.inverseRoot(attentionSize).create(vector, generator));
    weightScore =
        parameter("weight_score", Initializer.inverseRoot(attentionSize).create(vector, generator));
  }

  /**
   * What a step attended to.
   *
   * @param context [B, Dk]
   * @param weights [B, Tk]
   * @param coverage [B, Tk], after the step
   * @param loss [B], {@code sum_j min(weights_j, coverage_j)} with the coverage before the step: it
   *     punishes attending to the same again
   */
  public record Covered(Tensor context, Tensor weights, Tensor coverage, Tensor loss) {}

  /**
   * Keys, which are the values too, ready to be asked step by step.
   *
   * @param keys [Tk, B, Dk]
   * @param lengths of the sequences, or null if all have Tk steps
   * @throws IllegalArgumentException if shapes do not fit
   */
  public Memory over(Tensor keys, @Nullable Lengths lengths) {
    if (keys.rank() != 3 || keys.extent(2) != weightKey.shape().extent(1)) {
      throw new IllegalArgumentException(
          "CoverageAttention: keys must be [time, batch, %d], not %s"
              .formatted(weightKey.shape().extent(1), keys.shape()));
    }
    if (lengths != null) {
      lengths.check(keys.extent(0), keys.extent(1));
    }
    AttentionMask mask = lengths == null ? AttentionMask.NONE : AttentionMask.NONE.lengths(lengths);
    Tensor values = ScaledDotProduct.unspoiled(keys.transpose(0, 1), mask).contiguous();
    return new Memory(new MemoryRows(values, lengths));
  }

  @Override
  public Reader reader(Tensor memory, @Nullable Lengths lengths) {
    Memory ready = over(memory, lengths);
    return new Reader() {
      @Override
      public List<Tensor> initialState(int batch) {
        Tensor values = ready.rows.values();
        return List.of(
            Tensor.zeros(values.dtype(), Shape.of(batch, values.extent(1))),
            Tensor.zeros(values.dtype(), Shape.of(batch, 1)));
      }

      @Override
      public Read read(Tensor query, List<Tensor> state) {
        Covered covered = ready.attend(query, state.get(0));
        Tensor losses = state.get(1).add(covered.loss().unsqueeze(1));
        return new Read(covered.context(), covered.weights(), List.of(covered.coverage(), losses));
      }
    };
  }

  @Override
  public int contextSize(int memorySize) {
    return memorySize;
  }

  @Override
  public void checkSizes(int querySize, int memorySize) {
    String name = "CoverageAttention";
    AttentionSizes.requireSize(name, "keys", weightKey.shape().extent(1), memorySize);
    AttentionSizes.requireSize(name, "queries", weightQuery.shape().extent(1), querySize);
  }

  /**
   * The loss of having attended to the same again, summed over the steps of each sequence.
   *
   * @param state of a decoder's attention after its last step
   * @return [B]
   */
  public static Tensor penalty(List<Tensor> state) {
    return state.get(1).squeeze(1);
  }

  /** Keys that queries are held against. */
  public final class Memory {
    private final MemoryRows rows;
    private final Scores.ByNetwork scores;

    private Memory(MemoryRows rows) {
      this.rows = rows;
      scores =
          new Scores.ByNetwork(
              affine(rows.values(), weightKey, bias), weightQuery.value(), weightScore.value());
    }

    /** The coverage before the first step: zeros [B, Tk]. */
    public Tensor initialCoverage() {
      Tensor values = rows.values();
      return Tensor.zeros(values.dtype(), Shape.of(values.extent(0), values.extent(1)));
    }

    /**
     * One step, which compiles.
     *
     * @param query [B, Dq]
     * @param coverage [B, Tk], before the step
     */
    public Covered attend(Tensor query, Tensor coverage) {
      Tensor values = rows.values();
      Shape wanted = Shape.of(values.extent(0), weightQuery.shape().extent(1));
      if (query.rank() != 2
          || query.extent(1) != wanted.extent(1)
          || !rows.serves(query.extent(0))
          || !coverage.shape().equals(Shape.of(query.extent(0), values.extent(1)))) {
        throw new IllegalArgumentException(
            "CoverageAttention: keys [%d, %d, %d] want a query %s and coverage [%d, %d], not %s and %s"
                .formatted(
                    values.extent(1),
                    values.extent(0),
                    values.extent(2),
                    wanted,
                    values.extent(0),
                    values.extent(1),
                    query.shape(),
                    coverage.shape()));
      }
      Tensor covered = scores.keys().add(coverage.unsqueeze(2).mul(weightCoverage.value()));
      Tensor row = rows.weights(scores.ofStep(query, covered));
      Tensor context = MemoryRows.weighed(row, values);
      return new Covered(context, row, coverage.add(row), row.minimum(coverage).sum(1));
    }
  }
}
