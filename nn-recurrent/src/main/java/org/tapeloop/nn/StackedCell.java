package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;

/** One step of {@link Stacked} layers: each cell steps on the output of the one below it. */
record StackedCell<S>(List<RecurrentCell<S>> cells, @Nullable Dropout dropout)
    implements RecurrentCell<List<S>> {

  @Override
  public List<S> initialState(int batch) {
    return cells.stream().map(cell -> cell.initialState(batch)).toList();
  }

  @Override
  public Step<List<S>> step(Tensor x, List<S> states) {
    Tensor output = x;
    List<S> next = new ArrayList<>();
    for (int k = 0; k < cells.size(); k++) {
      if (k > 0 && dropout != null) {
        output = dropout.forward(output);
      }
      Step<S> step = cells.get(k).step(output, states.get(k));
      output = step.output();
      next.add(step.state());
    }
    return new Step<>(output, List.copyOf(next));
  }

  @Override
  public RecurrentCell<List<S>> forSequence(SequenceRun run) {
    if (dropout != null && dropout.drops()) {
      // A plan would drop the same elements at all steps.
      throw new IllegalStateException(
          "stacked: dropout between layers draws for every step; call eval() first, or run the"
              + " layers over whole sequences");
    }
    List<RecurrentCell<S>> prepared = new ArrayList<>();
    cells.forEach(cell -> prepared.add(cell.forSequence(run)));
    return new StackedCell<>(List.copyOf(prepared), dropout);
  }
}
