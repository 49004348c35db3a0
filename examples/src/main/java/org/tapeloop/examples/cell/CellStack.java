package org.tapeloop.examples.cell;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Stacked;

/**
 * Recurrent layers of one kind of cell on top of each other.
 *
 * @param layers with dropout between them
 * @param outputSize features of what comes out
 * @param <S> the state of one layer
 */
public record CellStack<S>(Stacked<S> layers, int outputSize) {

  /**
   * What a stack is made of.
   *
   * @param cell the kind of its cells
   * @param layers how many
   * @param hiddenSize units of each
   * @param dropout probability, between layers
   */
  public record Sizes(CellKind<?> cell, int layers, int hiddenSize, double dropout) {
    @Override
    public String toString() {
      return "%s, %d x %d".formatted(cell, layers, hiddenSize);
    }
  }

  /**
   * A stack with fresh parameters.
   *
   * @param initial draws the parameters
   * @param masks draws what dropout drops
   */
  public static <S> CellStack<S> create(
      CellKind<S> kind, Sizes sizes, int inputSize, Generator initial, Generator masks) {
    List<Recurrent<S>> layers = new ArrayList<>();
    int size = inputSize;
    for (int k = 0; k < sizes.layers(); k++) {
      RecurrentCell<S> cell = kind.make(size, sizes.hiddenSize(), initial);
      layers.add(Recurrent.forward(cell));
      size = CellKind.outputSize(cell, size);
    }
    return new CellStack<>(Stacked.of(layers, sizes.dropout(), masks), size);
  }
}
