package org.tapeloop.examples.language;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.SequenceLoss;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.StreamingSession;

/**
 * Scores for the next symbol after each of a sequence: an embedding, a stack of recurrent layers
 * and an affine map.
 *
 * @param <S> the state of one layer
 */
public final class TokenNetwork<S> extends LanguageNetwork<S> {
  private final Embedding embedding;
  private final CellStack<S> recurrent;
  private final Linear output;

  private TokenNetwork(
      CellKind<S> kind,
      CellStack.Sizes sizes,
      int embeddingSize,
      int symbols,
      Generator initial,
      Generator masks) {
    embedding = child("embedding", new Embedding(symbols, embeddingSize, initial));
    recurrent = child("recurrent", CellStack.create(kind, sizes, embeddingSize, initial, masks));
    output = child("output", new Linear(recurrent.outputSize(), symbols, initial));
  }

  /**
   * A model with fresh parameters.
   *
   * @param embeddingSize features of a symbol
   * @param symbols how many there are
   * @param initial draws the parameters
   * @param masks draws what dropout drops
   */
  public static TokenNetwork<?> create(
      CellStack.Sizes sizes, int embeddingSize, int symbols, Generator initial, Generator masks) {
    return of(sizes.cell(), sizes, embeddingSize, symbols, initial, masks);
  }

  /** As {@link #create}, where the type of the state is known. */
  public static <S> TokenNetwork<S> of(
      CellKind<S> kind,
      CellStack.Sizes sizes,
      int embeddingSize,
      int symbols,
      Generator initial,
      Generator masks) {
    return new TokenNetwork<>(kind, sizes, embeddingSize, symbols, initial, masks);
  }

  @Override
  public List<S> initialState(int batch) {
    return recurrent.initialState(batch);
  }

  @Override
  public SequenceOutput<List<S>> forward(IntTensor ids, @Nullable List<S> state) {
    SequenceOutput<List<S>> features = features(ids, state);
    return new SequenceOutput<>(output.forward(features.output()), features.state());
  }

  /** What the scores are an affine map of. */
  private SequenceOutput<List<S>> features(IntTensor ids, @Nullable List<S> state) {
    return recurrent.forward(embedding.forward(ids), null, state);
  }

  @Override
  public Trained<S> loss(IntTensor ids, List<S> state, IntTensor targets) {
    SequenceOutput<List<S>> features = features(ids, state);
    Tensor loss = SequenceLoss.crossEntropy(features.output(), output, targets);
    return new Trained<>(loss, loss.item(), features.state());
  }

  @Override
  public StreamingSession<List<S>> stream(int batch) {
    return StreamingSession.of(embedding, recurrent, output::forward, batch);
  }
}
