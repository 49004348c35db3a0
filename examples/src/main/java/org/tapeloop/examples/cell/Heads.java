package org.tapeloop.examples.cell;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Step;

/**
 * Cells side by side that see the same input; their outputs follow each other. For cells whose cost
 * grows faster than their size.
 *
 * @param <S> the state of one of them
 */
final class Heads<S> extends Layer implements RecurrentCell<List<S>> {
  private final List<RecurrentCell<S>> heads = new ArrayList<>();

  Heads(int count, int inputSize, int size, CellKind.Maker<S> maker, Generator generator) {
    for (int i = 0; i < count; i++) {
      RecurrentCell<S> head = maker.make(inputSize, size, generator);
      heads.add(part("head" + i, head));
    }
  }

  @Override
  public List<S> initialState(int batch) {
    return heads.stream().map(head -> head.initialState(batch)).toList();
  }

  @Override
  public Step<List<S>> step(Tensor x, List<S> states) {
    List<Tensor> outputs = new ArrayList<>();
    List<S> next = new ArrayList<>();
    for (int i = 0; i < heads.size(); i++) {
      Step<S> step = heads.get(i).step(x, states.get(i));
      outputs.add(step.output());
      next.add(step.state());
    }
    return new Step<>(Tensor.cat(outputs, 1), List.copyOf(next));
  }
}
