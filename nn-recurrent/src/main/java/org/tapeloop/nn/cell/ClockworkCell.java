package org.tapeloop.nn.cell;

import java.util.Arrays;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Clockwork RNN: modules of units that each run at a rate of their own, and see only slower ones.
 *
 * <pre>
 * h' = tanh(W x + (U * M) h + b) for the units of modules that are due, h for the others
 * </pre>
 *
 * <p>A module of period p is due at steps 0, p, 2p, ...; M lets a unit see units of no shorter
 * period. Shapes: x [B, I], h [B, H], with a phase [B, H] in the state; parameters {@code
 * weight_ih} [H, I], {@code weight_hh} [H, H], {@code bias} [H].
 *
 * <p>Source: Koutnik et al. 2014, arXiv 1402.3511. All units are computed at all steps.
 */
public final class ClockworkCell extends SizedCell<ClockworkCell.State> {
  /** Units [B, H], and for each the steps since it was due last. */
  public record State(Tensor h, Tensor phase) {}

  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter bias = bias(1);
  private final Tensor periods;
  private final Tensor visible;

  /** A cell with modules of periods 1, 2, 4 and 8, as far as there are units for them. */
  public ClockworkCell(int inputSize, int hiddenSize, Generator generator) {
    this(
        inputSize,
        hiddenSize,
        Arrays.copyOf(new int[] {1, 2, 4, 8}, Math.min(4, hiddenSize)),
        generator);
  }

  /**
   * A cell with random weights.
   *
   * @param periods one a module; the units are divided among the modules as evenly as possible
   */
  public ClockworkCell(int inputSize, int hiddenSize, int[] periods, Generator generator) {
    super(inputSize, hiddenSize, generator);
    if (periods.length < 1 || periods.length > hiddenSize) {
      throw new IllegalArgumentException(
          "ClockworkCell: %d periods for %d units".formatted(periods.length, hiddenSize));
    }
    double[] each = new double[hiddenSize];
    for (int k = 0; k < hiddenSize; k++) {
      each[k] = requirePositive("period", periods[k * periods.length / hiddenSize]);
    }
    this.periods = Tensor.ofDoubles(each);
    Tensor column = this.periods.reshape(hiddenSize, 1);
    visible = this.periods.ge(column).detach();
  }

  @Override
  public ClockworkCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch));
  }

  @Override
  public Step<ClockworkCell.State> step(Tensor x, ClockworkCell.State s) {
    var dtype = weightHh.value().dtype();
    var u = weightHh.value().mul(visible.to(dtype));
    var n = affine(x, weightIh, bias).add(s.h().affine(u, null)).tanh();
    var h = s.phase().lt(0.5).where(n, s.h());
    var later = s.phase().add(1);
    var wrap = later.gt(periods.to(dtype).sub(0.5));
    return new Step<>(h, new State(h, wrap.where(later.zerosLike(), later)));
  }
}
