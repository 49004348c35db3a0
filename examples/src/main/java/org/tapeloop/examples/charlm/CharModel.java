package org.tapeloop.examples.charlm;

import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Dropout;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Stacked;

/**
 * Scores for the next symbol after each of a sequence: an embedding, a stack of recurrent layers
 * and an affine map.
 *
 * @param <S> the state of one layer
 */
public final class CharModel<S> extends Layer {
  private static final double FORGET_BIAS = 1;

  private final Embedding embedding;
  private final Stacked<S> recurrent;
  private final Dropout dropout;
  private final Linear output;

  private CharModel(
      CharLmConfig config,
      int symbols,
      IntFunction<RecurrentCell<S>> cell,
      Generator initial,
      Generator masks) {
    int hidden = config.hiddenSize();
    embedding = child("embedding", new Embedding(symbols, config.embeddingSize(), initial));
    recurrent =
        child(
            "recurrent",
            Stacked.of(
                Stacked.layers(config.layers(), config.embeddingSize(), hidden, cell),
                config.dropout(),
                masks));
    dropout = child("dropout", new Dropout(config.dropout(), masks));
    output = child("output", new Linear(hidden, symbols, initial));
  }

  /**
   * A model with fresh parameters.
   *
   * @param symbols how many there are
   * @param initial draws the parameters
   * @param masks draws what dropout drops
   */
  public static CharModel<?> create(
      CharLmConfig config, int symbols, Generator initial, Generator masks) {
    int hidden = config.hiddenSize();
    return switch (config.cell()) {
      case LSTM ->
          new CharModel<>(
              config,
              symbols,
              in -> new LstmCell(in, hidden, initial).forgetBias(FORGET_BIAS),
              initial,
              masks);
      case GRU ->
          new CharModel<>(config, symbols, in -> new GruCell(in, hidden, initial), initial, masks);
      case ELMAN ->
          new CharModel<>(
              config, symbols, in -> new ElmanCell(in, hidden, initial), initial, masks);
    };
  }

  /** The state before the first symbol. */
  public List<S> initialState(int batch) {
    return recurrent.initialState(batch);
  }

  /**
   * Scores after each symbol.
   *
   * @param ids the symbols [T, B]
   * @param state after those before
   * @return scores [T, B, V], unnormalised log probabilities
   */
  public SequenceOutput<List<S>> forward(IntTensor ids, @Nullable List<S> state) {
    var hidden = recurrent.forward(embedding.forward(ids), null, state);
    Tensor scores = output.forward(dropout.forward(hidden.output()));
    return new SequenceOutput<>(scores, hidden.state());
  }
}
