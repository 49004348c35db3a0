package org.tapeloop.examples.language;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.nn.SequenceLoss;
import org.tapeloop.nn.data.TokenWindows;

/**
 * How a model is judged by a text: the state is carried from window to window, in streams side by
 * side.
 *
 * @param text each symbol but the first is predicted from those before it in its stream
 * @param streams how many; at the beginning of each, context is missing
 * @param steps length of a window
 * @param windows at most so many
 */
@SuppressWarnings("ArrayRecordComponent") // texts are long, and are not compared
public record HeldOut(int[] text, int streams, int steps, int windows) {

  /** All of a text, in windows that are long, and streams that are too. */
  public static HeldOut inStreams(int[] text, int streams, int steps) {
    int length = Math.min(steps, text.length - 1);
    int side = Math.clamp(text.length / (8 * length), 1, streams);
    return new HeldOut(text, side, length, Integer.MAX_VALUE);
  }

  /** The same, but no more than some windows. */
  public HeldOut first(int most) {
    return new HeldOut(text, streams, steps, most);
  }

  /** How many symbols are predicted, about. */
  public long size() {
    return Math.min(text.length, (long) windows * streams * steps);
  }

  /** The mean loss of a network, in nats a symbol. */
  public <S> double meanLoss(LanguageNetwork<S> network) {
    TokenWindows all = new TokenWindows(text, streams, steps);
    double sum = 0;
    long count = 0;
    @Nullable List<S> carried = null;
    while (all.hasNext() && all.position() < windows) {
      TokenWindows.Window window = all.next();
      var result = network.forward(window.inputs(), carried);
      carried = result.state();
      IntTensor targets = window.targets();
      sum += SequenceLoss.crossEntropy(result.output(), targets).item() * targets.size();
      count += targets.size();
    }
    return sum / count;
  }
}
