package org.tapeloop.nn.wrap;

import java.util.function.BiFunction;
import org.tapeloop.autograd.Activations;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Clips what the gates of a cell are computed from, wherever its step applies an activation:
 *
 * <pre>
 * a(min(max(z, -bound), bound))   for   a(z),  a any of sigmoid, tanh, relu and the others of {@link Activations}
 * </pre>
 *
 * <p>So saturated gates stay within sigmoid(-bound) and sigmoid(bound). The gradient is 0 where an
 * argument was clipped. Exponential gates, as of sLSTM, are no activations and are left as they
 * are; the state's own tanh, as of an LSTM's c, is clipped too.
 *
 * <p>Source: the attribute {@code clip} of ONNX's recurrent operators, which leave out an LSTM's
 * tanh of c; {@link org.tapeloop.nn.cell.OnnxLstmCell} does as they do.
 *
 * @param <S> the state
 */
public final class ClippedGatesCell<S> extends WrappedCell<S> {
  private final double bound;

  /**
   * Clips the gates of a cell.
   *
   * @param bound positive
   */
  public ClippedGatesCell(RecurrentCell<S> inner, double bound) {
    super(inner);
    this.bound = ClippedStateCell.requirePositive("clipped gates", bound);
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    return (x, state) -> Activations.after(z -> z.clamp(-bound, bound), () -> cell.step(x, state));
  }
}
