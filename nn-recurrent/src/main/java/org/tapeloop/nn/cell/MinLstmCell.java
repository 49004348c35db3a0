package org.tapeloop.nn.cell;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;

/**
 * An LSTM whose gates and candidate see the input only, so that its recurrence is linear.
 *
 * <pre>
 * f = sigmoid(W_f x + b_f),  i = sigmoid(W_i x + b_i)
 * n = phi(W_n x + b_n)
 * h' = f / (f + i) * h + i / (f + i) * n
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I], {@code bias} [3H], in blocks
 * f, i, n.
 *
 * <p>Source: Feng et al. 2024, arXiv 2410.01201, with biases. With {@link Candidate#POSITIVE} all
 * steps at once are computed in the paper's log-space form; one after the other they are computed
 * as they stand.
 */
public final class MinLstmCell extends SizedCell<Tensor> implements ParallelCell<Tensor> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter bias = bias(3);
  private final Candidate candidate;

  /** A cell with the candidate {@link Candidate#LINEAR}. */
  public MinLstmCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, Candidate.LINEAR, generator);
  }

  /** A cell with random weights. */
  public MinLstmCell(int inputSize, int hiddenSize, Candidate candidate, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.candidate = candidate;
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var z = affine(x, weightIh, bias).chunk(3);
    var next = mix(enter(z), candidate.apply(z.get(2)), h);
    return new Step<>(next, next);
  }

  /** {@code i / (f + i)}, from logarithms: where both gates underflow the ratio is 0 / 0. */
  private static Tensor enter(List<Tensor> z) {
    return logOdds(z).neg().sigmoid();
  }

  /** {@code ln (f / i)}. */
  private static Tensor logOdds(List<Tensor> z) {
    return z.get(0).logSigmoid().sub(z.get(1).logSigmoid());
  }

  @Override
  public SequenceOutput<Tensor> steps(Tensor x, Tensor initial, @Nullable Tensor running) {
    var z = affine(x, weightIh, bias).chunk(3);
    var h =
        candidate == Candidate.POSITIVE
            ? positive(z, initial, running)
            : linear(enter(z), z.get(2), initial, running);
    return new SequenceOutput<>(h, LinearSteps.last(h));
  }

  private static Tensor linear(Tensor i, Tensor n, Tensor initial, @Nullable Tensor running) {
    return LinearSteps.real(i.rsub(1), i.mul(n), initial, running);
  }

  private static Tensor positive(List<Tensor> z, Tensor initial, @Nullable Tensor running) {
    var odds = logOdds(z);
    var enter = odds.neg().logSigmoid().add(Candidate.logPositive(z.get(2)));
    return LinearSteps.logarithmic(odds.logSigmoid(), enter, initial, running);
  }
}
