package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;

/**
 * Sequence layers on top of each other, with dropout between them but not after the last.
 *
 * <p>The state is the list of the layers' states, the lowest first. Parameters of layer k carry the
 * suffix {@code _l}k, before {@code _reverse} in a backward cell: {@code weight_ih_l0}, {@code
 * weight_ih_l0_reverse}, as in PyTorch, so its weights load as they are.
 */
public final class Stacked<S> extends Layer implements SequenceLayer<List<S>> {
  private static final String REVERSE = "_reverse";

  private final List<SequenceLayer<S>> layers;
  private final @Nullable Dropout dropout;

  private Stacked(List<? extends SequenceLayer<S>> layers, @Nullable Dropout dropout) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("stacked: no layers given");
    }
    this.layers = List.copyOf(layers);
    this.dropout = dropout == null ? null : child("dropout", dropout);
    for (int k = 0; k < layers.size(); k++) {
      int depth = k;
      part(layers.get(k), name -> suffixed(name, depth));
    }
  }

  private static String suffixed(String name, int depth) {
    return name.endsWith(REVERSE)
        ? name.substring(0, name.length() - REVERSE.length()) + "_l" + depth + REVERSE
        : name + "_l" + depth;
  }

  /** The layers from the lowest to the highest, without dropout. */
  public static <S> Stacked<S> of(List<? extends SequenceLayer<S>> layers) {
    return new Stacked<>(layers, null);
  }

  /**
   * The layers from the lowest to the highest, with dropout between them.
   *
   * @param probability of dropping an element, in [0, 1)
   * @param generator where the masks come from
   */
  public static <S> Stacked<S> of(
      List<? extends SequenceLayer<S>> layers, double probability, Generator generator) {
    return new Stacked<>(layers, new Dropout(probability, generator));
  }

  /**
   * Forward layers of one kind of cell.
   *
   * @param depth how many
   * @param inputSize of the lowest
   * @param hiddenSize of each, and so the input size of those above the lowest
   * @param cell makes a cell for an input size
   */
  public static <S> List<Recurrent<S>> layers(
      int depth, int inputSize, int hiddenSize, IntFunction<? extends RecurrentCell<S>> cell) {
    List<Recurrent<S>> layers = new ArrayList<>();
    for (int k = 0; k < depth; k++) {
      layers.add(Recurrent.forward(cell.apply(k == 0 ? inputSize : hiddenSize)));
    }
    return layers;
  }

  /**
   * Bidirectional layers of one kind of cell, as {@link #layers}; those above the lowest get 2 *
   * hiddenSize inputs.
   */
  public static <S> List<Bidirectional<S>> bidirectionalLayers(
      int depth, int inputSize, int hiddenSize, IntFunction<? extends RecurrentCell<S>> cell) {
    List<Bidirectional<S>> layers = new ArrayList<>();
    for (int k = 0; k < depth; k++) {
      int size = k == 0 ? inputSize : 2 * hiddenSize;
      layers.add(new Bidirectional<>(cell.apply(size), cell.apply(size)));
    }
    return layers;
  }

  @Override
  public List<S> initialState(int batch) {
    return layers.stream().map(layer -> layer.initialState(batch)).toList();
  }

  /**
   * The step of all layers. With dropout between them it runs over sequences, and in a session, in
   * evaluation only.
   *
   * @throws UnsupportedOperationException if a layer needs later steps first, as a backward one
   */
  @Override
  public RecurrentCell<List<S>> asCell() {
    return new StackedCell<>(layers.stream().map(SequenceLayer::asCell).toList(), dropout);
  }

  @Override
  public String explain(Tensor x) {
    StringBuilder text = new StringBuilder();
    Tensor sequence = x;
    for (int k = 0; k < layers.size(); k++) {
      SequenceLayer<S> layer = layers.get(k);
      text.append("%s== layer %d ==\n%s".formatted(k == 0 ? "" : "\n", k, layer.explain(sequence)));
      if (k + 1 < layers.size()) {
        sequence = layer.forward(sequence).output();
      }
    }
    return text.toString();
  }

  @Override
  public SequenceOutput<List<S>> forward(
      Tensor x, @Nullable Lengths lengths, @Nullable List<S> initial) {
    if (initial != null && initial.size() != layers.size()) {
      throw new IllegalArgumentException(
          "stacked: %d initial states for %d layers".formatted(initial.size(), layers.size()));
    }
    Tensor sequence = x;
    List<S> states = new ArrayList<>();
    for (int k = 0; k < layers.size(); k++) {
      if (k > 0 && dropout != null) {
        sequence = dropout.forward(sequence);
      }
      var out = layers.get(k).forward(sequence, lengths, initial == null ? null : initial.get(k));
      sequence = out.output();
      states.add(out.state());
    }
    return new SequenceOutput<>(sequence, List.copyOf(states));
  }
}
