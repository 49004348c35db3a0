package org.tapeloop.nn.wrap;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Fast-slow RNN: several fast cells take turns on one state within a step, and a slow cell, once a
 * step, sees the first and feeds the others.
 *
 * <pre>
 * y, f = fast_1(x, f);  z, s' = slow(y, s);  y, f = fast_k(z, f) for k = 2, 3, ...
 * </pre>
 *
 * <p>The output is the last fast cell's. Parameters: {@code fast_1.*}, {@code fast_2.*}, ...,
 * {@code slow.*}.
 *
 * <p>Source: Mujika, Meier and Steger 2017, arXiv 1705.08639, where fast cells after the second
 * have no input; here they see the slow one as the second does.
 *
 * @param <F> the state that the fast cells share
 * @param <S> the slow cell's state
 */
public final class FastSlowCell<F, S> extends Layer
    implements RecurrentCell<FastSlowCell.State<F, S>> {

  /** The state that the fast cells share, and the slow cell's. */
  public record State<F, S>(F fast, S slow) {}

  private final List<RecurrentCell<F>> fast;
  private final RecurrentCell<S> slow;

  /**
   * A step of fast cells and a slow one.
   *
   * @param fast at least two, with states of one form; the first takes the input, the others the
   *     slow cell's output
   * @param slow takes the first fast cell's output
   */
  public FastSlowCell(List<? extends RecurrentCell<F>> fast, RecurrentCell<S> slow) {
    if (fast.size() < 2) {
      throw new IllegalArgumentException(
          "fast-slow: at least 2 fast cells are needed, not " + fast.size());
    }
    this.fast = List.copyOf(fast);
    for (int k = 0; k < fast.size(); k++) {
      part("fast_" + (k + 1), fast.get(k));
    }
    this.slow = part("slow", slow);
  }

  @Override
  public State<F, S> initialState(int batch) {
    return new State<>(fast.getFirst().initialState(batch), slow.initialState(batch));
  }

  @Override
  public Step<State<F, S>> step(Tensor x, State<F, S> state) {
    return SequenceRun.ofOneStep(this, x, state);
  }

  @Override
  public RecurrentCell<State<F, S>> forSequence(SequenceRun run) {
    List<RecurrentCell<F>> turns = new ArrayList<>();
    fast.forEach(cell -> turns.add(cell.forSequence(run)));
    RecurrentCell<S> once = slow.forSequence(run);
    return SequenceRun.prepared(
        this,
        (x, state) -> {
          Step<F> turn = turns.getFirst().step(x, state.fast());
          Step<S> between = once.step(turn.output(), state.slow());
          for (RecurrentCell<F> cell : turns.subList(1, turns.size())) {
            turn = cell.step(between.output(), turn.state());
          }
          return new Step<>(turn.output(), new State<>(turn.state(), between.state()));
        });
  }
}
