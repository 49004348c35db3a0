package org.tapeloop.examples.language;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.StreamingSession;

/**
 * A network that scores the next symbol after each of a sequence.
 *
 * @param <S> the state of one of its layers
 */
public abstract class LanguageNetwork<S> extends Layer {

  /** For subclasses. */
  protected LanguageNetwork() {}

  /**
   * What a training batch gave.
   *
   * @param objective what is minimised: the mean loss and penalties
   * @param loss the mean loss alone
   * @param state after the batch
   * @param <S> the state of a layer
   */
  public record Trained<S>(Tensor objective, double loss, List<S> state) {}

  /** The state before the first symbol. */
  public abstract List<S> initialState(int batch);

  /**
   * Scores after each symbol.
   *
   * @param ids the symbols [T, B]
   * @param state after those before; null before the first
   * @return scores [T, B, V], unnormalised log probabilities
   */
  public abstract SequenceOutput<List<S>> forward(IntTensor ids, @Nullable List<S> state);

  /**
   * The network on one symbol after the other, for text as it is written: a step gives the scores
   * [B, V] of what follows. In evaluation mode only, and as long as the parameters stay.
   */
  public abstract StreamingSession<List<S>> stream(int batch);

  /** The loss of a training batch: the mean cross entropy, to which a network may add penalties. */
  public abstract Trained<S> loss(IntTensor ids, List<S> state, IntTensor targets);
}
