package org.tapeloop.examples.cell;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Dropout;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceLayer;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Stacked;
import org.tapeloop.nn.wrap.RecurrentDropoutCell;
import org.tapeloop.nn.wrap.VariationalDropoutCell;

/**
 * Recurrent layers of one kind of cell on top of each other, with dropout of what the first reads
 * and of what each gives.
 *
 * @param <S> the state of one layer
 */
public final class CellStack<S> extends Layer implements SequenceLayer<List<S>> {
  private final Dropout before;
  private final Stacked<S> layers;
  private final Dropout after;
  private final int outputSize;

  /**
   * What a stack is made of.
   *
   * @param cell the kind of its cells
   * @param layers how many
   * @param hiddenSize units of each
   * @param dropping in training
   */
  public record Sizes(CellKind<?> cell, int layers, int hiddenSize, Dropping dropping) {

    /** The same with other dropout. */
    public Sizes with(Dropping other) {
      return new Sizes(cell, layers, hiddenSize, other);
    }

    @Override
    public String toString() {
      return "%s, %d x %d".formatted(cell, layers, hiddenSize);
    }
  }

  /**
   * How often numbers are dropped in training.
   *
   * @param inputs of the first layer
   * @param outputs of each layer
   * @param states of each layer as the next step sees them, the same at all steps of a sequence
   * @param locked whether the same inputs and outputs are dropped at all steps of a sequence
   */
  public record Dropping(double inputs, double outputs, double states, boolean locked) {
    /** Nothing is dropped. */
    public static final Dropping NONE = ofOutputs(0);

    /** Dropout of what each layer gives, drawn anew at each step. */
    public static Dropping ofOutputs(double outputs) {
      return new Dropping(0, outputs, 0, false);
    }
  }

  private CellStack(
      CellKind<S> kind, Sizes sizes, int inputSize, Generator initial, Generator masks) {
    Dropping dropping = sizes.dropping();
    // Locked masks belong to the cells, which know where a sequence begins.
    boolean eachStep = !dropping.locked();
    before = child("before", new Dropout(eachStep ? dropping.inputs() : 0, masks));
    after = child("after", new Dropout(eachStep ? dropping.outputs() : 0, masks));
    List<Recurrent<S>> recurrent = new ArrayList<>();
    int size = inputSize;
    for (int k = 0; k < sizes.layers(); k++) {
      RecurrentCell<S> cell = kind.make(size, sizes.hiddenSize(), initial);
      recurrent.add(Recurrent.forward(dropping(cell, k == 0, dropping, masks)));
      size = CellKind.outputSize(cell, size);
    }
    layers =
        child(
            Stacked.of(recurrent, eachStep ? dropping.outputs() : 0, masks),
            UnaryOperator.identity());
    outputSize = size;
  }

  private static <S> RecurrentCell<S> dropping(
      RecurrentCell<S> cell, boolean first, Dropping dropping, Generator masks) {
    RecurrentCell<S> dropped = cell;
    if (dropping.states() > 0) {
      dropped = new RecurrentDropoutCell<>(dropped, dropping.states(), masks);
    }
    if (dropping.locked()) {
      double inputs = first ? dropping.inputs() : 0;
      dropped = new VariationalDropoutCell<>(dropped, inputs, dropping.outputs(), masks);
    }
    return dropped;
  }

  /**
   * A stack with fresh parameters.
   *
   * @param initial draws the parameters
   * @param masks draws what dropout drops
   */
  public static <S> CellStack<S> create(
      CellKind<S> kind, Sizes sizes, int inputSize, Generator initial, Generator masks) {
    return new CellStack<>(kind, sizes, inputSize, initial, masks);
  }

  /** Features of what comes out. */
  public int outputSize() {
    return outputSize;
  }

  @Override
  public List<S> initialState(int batch) {
    return layers.initialState(batch);
  }

  @Override
  public SequenceOutput<List<S>> forward(
      Tensor x, @Nullable Lengths lengths, @Nullable List<S> initial) {
    SequenceOutput<List<S>> out = layers.forward(before.forward(x), lengths, initial);
    return new SequenceOutput<>(after.forward(out.output()), out.state());
  }

  /** Without what drops before and after a step: for evaluation. */
  @Override
  public RecurrentCell<List<S>> asCell() {
    return layers.asCell();
  }

  @Override
  public String explain(Tensor x) {
    return layers.explain(x);
  }
}
