package org.tapeloop.nn.attention;

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
 * <p>Coverage [B, Tk] is the sum of the weights of all steps before, and starts at zeros.
 *
 * <p>Parameters {@code weight_query} [A, Dq], {@code weight_key} [A, Dk], {@code weight_coverage}
 * [A], {@code bias} [A] and {@code weight_score} [A], drawn uniformly from (-1/sqrt(n), 1/sqrt(n))
 * with n the size of what they multiply (A for the bias).
 *
 * <p>Source: See, Liu and Manning 2017, arXiv 1704.04368; Tu et al. 2016, arXiv 1601.04811.
 */
public final class CoverageAttention extends Layer {
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
            scaled(querySize).create(Shape.of(attentionSize, querySize), generator));
    weightKey =
        parameter(
            "weight_key", scaled(keySize).create(Shape.of(attentionSize, keySize), generator));
    weightCoverage = parameter("weight_coverage", scaled(1).create(vector, generator));
    bias = parameter("bias", scaled(attentionSize).create(vector, generator));
    weightScore = parameter("weight_score", scaled(attentionSize).create(vector, generator));
  }

  private static Initializer scaled(int size) {
    return Initializer.uniform(1 / Math.sqrt(size));
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
    return new Memory(ScaledDotProduct.unspoiled(keys.transpose(0, 1), mask), mask);
  }

  /** Keys that queries are held against. */
  public final class Memory {
    private final Tensor values;
    private final Tensor prepared;
    private final AttentionMask mask;

    private Memory(Tensor values, AttentionMask mask) {
      this.values = values;
      this.mask = mask;
      prepared = affine(values, weightKey, bias);
    }

    /** The coverage before the first step: zeros [B, Tk]. */
    public Tensor initialCoverage() {
      return Tensor.zeros(values.dtype(), Shape.of(values.extent(0), values.extent(1)));
    }

    /**
     * One step.
     *
     * @param query [B, Dq]
     * @param coverage [B, Tk], before the step
     */
    public Covered attend(Tensor query, Tensor coverage) {
      Shape wanted = Shape.of(values.extent(0), weightQuery.shape().extent(1));
      if (!query.shape().equals(wanted)
          || !coverage.shape().equals(Shape.of(values.extent(0), values.extent(1)))) {
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
      Tensor joint =
          prepared
              .add(affine(query, weightQuery, null).unsqueeze(1))
              .add(coverage.unsqueeze(2).mul(weightCoverage.value()));
      Tensor scores = joint.tanh().matmul(weightScore.value());
      Tensor weights = mask.weights(scores.unsqueeze(1));
      Tensor context = weights.matmul(values).squeeze(1);
      Tensor row = weights.squeeze(1);
      return new Covered(context, row, coverage.add(row), row.minimum(coverage).sum(1));
    }
  }
}
