package org.tapeloop.nn.wrap;

import java.util.List;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Two cells at two rates: the lower one steps at each step and sees the upper one's last output;
 * the upper one sees the lower one's output, at steps 0, p, 2p, ... only.
 *
 * <pre>
 * y, l' = lower([x, a], l)
 * a', u' = upper(y, u) where the step is due, else a, u
 * output [y, a']
 * </pre>
 *
 * <p>Parameters: {@code lower.*}, {@code upper.*}. Source: El Hihi and Bengio 1996; all steps of
 * the upper cell are computed, and those that are not due are discarded.
 *
 * @param <L> the lower cell's state
 * @param <U> the upper cell's state
 */
public final class HierarchicalCell<L, U> extends Layer
    implements RecurrentCell<HierarchicalCell.State<L, U>> {

  /**
   * The state.
   *
   * @param lower of the lower cell
   * @param upper of the upper cell
   * @param above the upper cell's last output, [B, A]
   * @param phase steps since the upper cell was due, [B, 1]
   */
  public record State<L, U>(L lower, U upper, Tensor above, Tensor phase) {}

  private final RecurrentCell<L> lower;
  private final RecurrentCell<U> upper;
  private final int aboveSize;
  private final int period;

  /**
   * A hierarchy of two cells; more levels by a hierarchy as upper cell.
   *
   * @param lower takes the input and the upper cell's outputs, I + aboveSize features
   * @param upper takes the lower cell's output
   * @param aboveSize A, how many outputs the upper cell has
   * @param period p, at least 1
   */
  public HierarchicalCell(
      RecurrentCell<L> lower, RecurrentCell<U> upper, int aboveSize, int period) {
    if (aboveSize < 1 || period < 1) {
      throw new IllegalArgumentException(
          "hierarchical: aboveSize %d and period %d must be at least 1"
              .formatted(aboveSize, period));
    }
    this.lower = part("lower", lower);
    this.upper = part("upper", upper);
    this.aboveSize = aboveSize;
    this.period = period;
  }

  @Override
  public State<L, U> initialState(int batch) {
    L low = lower.initialState(batch);
    DType dtype = TensorTree.flatten(low).getFirst().dtype();
    return new State<>(
        low,
        upper.initialState(batch),
        Tensor.zeros(dtype, Shape.of(batch, aboveSize)),
        Tensor.zeros(dtype, Shape.of(batch, 1)));
  }

  @Override
  public Step<State<L, U>> step(Tensor x, State<L, U> state) {
    return SequenceRun.ofOneStep(this, x, state);
  }

  @Override
  public RecurrentCell<State<L, U>> forSequence(SequenceRun run) {
    RecurrentCell<L> below = lower.forSequence(run);
    RecurrentCell<U> above = upper.forSequence(run);
    return SequenceRun.prepared(
        this,
        (x, s) -> {
          Step<L> low = below.step(Tensor.cat(List.of(x, s.above()), -1), s.lower());
          Step<U> high = above.step(low.output(), s.upper());
          Tensor due = s.phase().lt(0.5);
          Tensor seen = due.where(high.output(), s.above());
          Tensor later = s.phase().add(1);
          Tensor phase = later.gt(period - 0.5).where(later.zerosLike(), later);
          U kept = TensorTree.where(due, high.state(), s.upper());
          return new Step<>(
              Tensor.cat(List.of(low.output(), seen), -1),
              new State<>(low.state(), kept, seen, phase));
        });
  }
}
