package org.tapeloop.nn.cell;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;

/**
 * A GRU whose gate and candidate see the input only, so that its recurrence is linear.
 *
 * <pre>
 * z = sigmoid(W_z x + b_z)
 * n = phi(W_n x + b_n)
 * h' = (1 - z) * h + z * n
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [2H, I], {@code bias} [2H], in blocks
 * z, n.
 *
 * <p>Source: Feng et al. 2024, arXiv 2410.01201, with biases. With {@link Candidate#POSITIVE} all
 * steps at once are computed in the paper's log-space form; one after the other they are computed
 * as they stand.
 */
public final class MinGruCell extends SizedCell<Tensor> implements ParallelCell<Tensor> {
  private final Parameter weightIh = weightIh(2);
  private final Parameter bias = bias(2);
  private final Candidate candidate;

  /** A cell with the candidate {@link Candidate#LINEAR}. */
  public MinGruCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, Candidate.LINEAR, generator);
  }

  /** A cell with random weights. */
  public MinGruCell(int inputSize, int hiddenSize, Candidate candidate, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.candidate = candidate;
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = affine(x, weightIh, bias).chunk(2);
    var next = mix(a.get(0).sigmoid(), candidate.apply(a.get(1)), h);
    return new Step<>(next, next);
  }

  @Override
  public SequenceOutput<Tensor> steps(Tensor x, Tensor initial, @Nullable Tensor running) {
    var a = affine(x, weightIh, bias).chunk(2);
    var h =
        candidate == Candidate.POSITIVE
            ? positive(a.get(0), a.get(1), initial, running)
            : linear(a.get(0).sigmoid(), a.get(1), initial, running);
    return new SequenceOutput<>(h, LinearSteps.last(h));
  }

  private static Tensor linear(Tensor z, Tensor n, Tensor initial, @Nullable Tensor running) {
    return LinearSteps.real(z.rsub(1), z.mul(n), initial, running);
  }

  private static Tensor positive(Tensor z, Tensor v, Tensor initial, @Nullable Tensor running) {
    var enter = z.logSigmoid().add(Candidate.logPositive(v));
    return LinearSteps.logarithmic(z.neg().logSigmoid(), enter, initial, running);
  }
}
