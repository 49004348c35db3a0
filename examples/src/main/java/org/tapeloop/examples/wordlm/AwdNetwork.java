package org.tapeloop.examples.wordlm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.language.LanguageNetwork;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Stacked;
import org.tapeloop.nn.StreamingSession;
import org.tapeloop.nn.wrap.WeightDropCell;

/**
 * The AWD-LSTM: recurrent weights are dropped, not states; masks between layers are the same at all
 * steps; words are dropped as wholes; scores are products with the embedding; activations, and how
 * they change from step to step, are kept small.
 *
 * <p>The last layer has as many units as a word has features, since its output meets the embedding.
 *
 * <p>Source: Merity, Keskar and Socher 2017, arXiv 1708.02182, and for dropout of words Gal and
 * Ghahramani 2016, arXiv 1512.05287.
 *
 * @param <S> the state of a layer
 */
final class AwdNetwork<S> extends LanguageNetwork<S> {
  private static final String RECURRENT_WEIGHT = "weight_hh";
  private static final double EMBEDDING_RANGE = 0.1;

  private final Embedding embedding;
  private final List<Recurrent<S>> layers = new ArrayList<>();
  private final Parameter bias;
  private final Regularisation regularisation;
  private final Generator masks;

  /**
   * How often something is dropped in training, and what penalties weigh.
   *
   * @param words whole words
   * @param input features of words, the same at all steps
   * @param between outputs of the layers below the last, likewise
   * @param output outputs of the last layer, likewise
   * @param weights recurrent weights
   * @param activation penalty on the squares of the last layer's outputs (alpha)
   * @param change penalty on the squares of their differences from step to step (beta)
   */
  record Regularisation(
      double words,
      double input,
      double between,
      double output,
      double weights,
      double activation,
      double change) {
    /**
     * Milder than the paper's, whose runs have hundreds of epochs: it drops 0.1 of words, 0.4 of
     * inputs and outputs, 0.25 between and half of the weights, with these penalties.
     */
    static final Regularisation MILD = new Regularisation(0.05, 0.3, 0.2, 0.35, 0.35, 2, 1);
  }

  AwdNetwork(
      CellKind<S> kind,
      WordRecipe.Sizes sizes,
      Regularisation regularisation,
      int words,
      Generator initial,
      Generator masks) {
    this.regularisation = regularisation;
    this.masks = masks;
    embedding =
        child(
            "embedding",
            Embedding.initialised(
                words, sizes.embedding(), Initializer.uniform(EMBEDDING_RANGE), initial));
    int inputs = sizes.embedding();
    for (int k = 0; k < sizes.layers(); k++) {
      boolean last = k == sizes.layers() - 1;
      int hidden = last ? sizes.embedding() : sizes.hidden();
      RecurrentCell<S> cell = kind.make(inputs, hidden, initial);
      int outputs = CellKind.outputSize(cell, inputs);
      if (last && outputs != sizes.embedding()) {
        throw new Failure(
            "--recipe awd multiplies outputs with the embedding: the cell %s has %d outputs, not %d"
                .formatted(kind, outputs, sizes.embedding()));
      }
      Recurrent<S> layer = Recurrent.forward(dropping(kind, cell));
      layers.add(layer);
      child("layer" + k, layer);
      inputs = outputs;
    }
    bias = parameter("bias", Tensor.zeros(DType.F32, Shape.of(words)));
  }

  private RecurrentCell<S> dropping(CellKind<S> kind, RecurrentCell<S> cell) {
    if (cell instanceof Layer layer && layer.parameters().containsKey(RECURRENT_WEIGHT)) {
      return new WeightDropCell<>(
          (Layer & RecurrentCell<S>) cell,
          List.of(RECURRENT_WEIGHT),
          regularisation.weights(),
          masks);
    }
    throw new Failure(
        "--recipe awd drops recurrent weights: the cell %s has no %s"
            .formatted(kind, RECURRENT_WEIGHT));
  }

  @Override
  public List<S> initialState(int batch) {
    return layers.stream().map(layer -> layer.initialState(batch)).toList();
  }

  /** What the last layer gave, before and after dropout, and the states of all. */
  private record Hidden<S>(Tensor raw, Tensor dropped, List<S> state) {}

  private Hidden<S> hidden(IntTensor ids, @Nullable List<S> state) {
    Tensor x = locked(words(ids), regularisation.input());
    List<S> states = new ArrayList<>();
    Tensor raw = x;
    for (int k = 0; k < layers.size(); k++) {
      var result =
          state == null ? layers.get(k).forward(x) : layers.get(k).forward(x, state.get(k));
      states.add(result.state());
      raw = result.output();
      boolean last = k == layers.size() - 1;
      x = locked(raw, last ? regularisation.output() : regularisation.between());
    }
    return new Hidden<>(raw, x, List.copyOf(states));
  }

  /** The features of words; a dropped word has none wherever it stands in the batch. */
  private Tensor words(IntTensor ids) {
    Tensor features = embedding.forward(ids);
    if (!isTraining() || regularisation.words() == 0) {
      return features;
    }
    Tensor mask =
        Tensor.ones(features.dtype(), Shape.of(embedding.weight().shape().extent(0), 1))
            .dropout(regularisation.words(), masks.next());
    return features.mul(mask.embedding(ids));
  }

  /** Dropout with one mask for all steps. */
  private Tensor locked(Tensor x, double probability) {
    if (!isTraining() || probability == 0) {
      return x;
    }
    Tensor mask =
        Tensor.ones(x.dtype(), Shape.of(1, x.extent(1), x.extent(2)))
            .dropout(probability, masks.next());
    return x.mul(mask);
  }

  private Tensor scores(Tensor hidden) {
    return affine(hidden, embedding.weight(), bias);
  }

  @Override
  public SequenceOutput<List<S>> forward(IntTensor ids, @Nullable List<S> state) {
    Hidden<S> hidden = hidden(ids, state);
    return new SequenceOutput<>(scores(hidden.dropped()), hidden.state());
  }

  @Override
  public StreamingSession<List<S>> stream(int batch) {
    return StreamingSession.of(embedding, Stacked.of(layers), this::scores, batch);
  }

  @Override
  public Trained<S> loss(IntTensor ids, List<S> state, IntTensor targets) {
    Hidden<S> hidden = hidden(ids, state);
    Tensor loss =
        hidden
            .dropped()
            .affineCrossEntropy(
                embedding.weight().value(), bias.value(), targets, CrossEntropy.MEAN);
    Tensor objective = loss.add(hidden.dropped().square().mean().mul(regularisation.activation()));
    int steps = hidden.raw().extent(0);
    if (steps > 1) {
      Tensor change = hidden.raw().slice(0, 1, steps).sub(hidden.raw().slice(0, 0, steps - 1));
      objective = objective.add(change.square().mean().mul(regularisation.change()));
    }
    return new Trained<>(objective, loss.item(), hidden.state());
  }
}
