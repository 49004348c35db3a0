package org.tapeloop.nn.wrap;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Cells on top of each other within a step, as one cell: for a decoder of several layers, whose top
 * decides what the bottom reads next. Where nothing of a step is fed back, {@link
 * org.tapeloop.nn.Stacked} gives the same results, and takes more out of the loop.
 *
 * <p>The state is the list of the cells' states, the lowest first. Parameters of cell k carry the
 * suffix {@code _l}k, as in {@code Stacked}.
 *
 * @param <S> the state of one cell
 */
public final class StackedCell<S> extends Layer implements RecurrentCell<List<S>> {
  private final List<RecurrentCell<S>> cells;

  /** The cells from the lowest to the highest, each with as many inputs as the one below gives. */
  public StackedCell(List<? extends RecurrentCell<S>> cells) {
    if (cells.isEmpty()) {
      throw new IllegalArgumentException("stacked cell: no cells given");
    }
    this.cells = List.copyOf(cells);
    for (int k = 0; k < cells.size(); k++) {
      String suffix = "_l" + k;
      part(cells.get(k), name -> name + suffix);
    }
  }

  @Override
  public List<S> initialState(int batch) {
    return cells.stream().map(cell -> cell.initialState(batch)).toList();
  }

  @Override
  public Step<List<S>> step(Tensor x, List<S> state) {
    return SequenceRun.ofOneStep(this, x, state);
  }

  @Override
  public RecurrentCell<List<S>> forSequence(SequenceRun run) {
    List<RecurrentCell<S>> prepared = cells.stream().map(cell -> cell.forSequence(run)).toList();
    return SequenceRun.prepared(
        this,
        (x, states) -> {
          Tensor output = x;
          List<S> after = new ArrayList<>();
          for (int k = 0; k < prepared.size(); k++) {
            Step<S> step = prepared.get(k).step(output, states.get(k));
            output = step.output();
            after.add(step.state());
          }
          return new Step<>(output, List.copyOf(after));
        });
  }
}
