package org.tapeloop.nn.cell;

import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Structurally constrained recurrent network: context units that change slowly beside ordinary
 * ones.
 *
 * <pre>
 * s' = (1 - alpha) B x + alpha s
 * h' = sigmoid(W x + U h + V s')
 * y = [h', s']
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H], s [B, C], y [B, H + C]; parameters {@code weight_ih} [H, I],
 * {@code weight_hh} [H, H], {@code weight_is} [C, I], {@code weight_sh} [H, C].
 *
 * <p>Source: Mikolov et al. 2014, arXiv 1412.7753, with the output layer left to what comes after.
 */
public final class ScrnCell extends SizedCell<ScrnCell.State> {
  /** Ordinary units [B, H] and context units [B, C]. */
  public record State(Tensor h, Tensor s) {}

  private final int contextSize;
  private final double alpha;
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter weightIs;
  private final Parameter weightSh;

  /** A cell with as many context units as others, and the paper's alpha of 0.95. */
  public ScrnCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, hiddenSize, 0.95, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param contextSize C
   * @param alpha how much of the context stays, in [0, 1]
   */
  public ScrnCell(
      int inputSize, int hiddenSize, int contextSize, double alpha, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.contextSize = requirePositive("contextSize", contextSize);
    this.alpha = alpha;
    weightIs = weight("weight_is", contextSize, inputSize);
    weightSh = weight("weight_sh", hiddenSize, contextSize);
  }

  @Override
  public ScrnCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch, contextSize));
  }

  @Override
  public Step<ScrnCell.State> step(Tensor x, ScrnCell.State s) {
    var slow = times(x, weightIs).mul(1 - alpha).add(s.s().mul(alpha));
    var h = times(x, weightIh).add(times(s.h(), weightHh)).add(times(slow, weightSh)).sigmoid();
    return new Step<>(Tensor.cat(List.of(h, slow), -1), new State(h, slow));
  }
}
