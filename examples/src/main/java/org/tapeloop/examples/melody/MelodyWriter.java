package org.tapeloop.examples.melody;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.language.TokenNetwork;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.decoding.Sampler;

/**
 * Lets a model write pieces, several at once.
 *
 * @param <S> the state of one of its layers
 */
final class MelodyWriter<S> {
  private final TokenNetwork<S> model;
  private final Tokens tokens;

  MelodyWriter(TokenNetwork<S> model, Tokens tokens) {
    this.model = model;
    this.tokens = tokens;
  }

  /**
   * Writes pieces that begin alike.
   *
   * @param start tokens they begin with; may be none
   * @param count how many pieces
   * @param longest tokens that a piece has at the most
   * @param random token i of piece b is drawn with its element {@code i count + b}
   * @return each up to its end, or to the longest
   */
  List<List<String>> write(
      List<String> start, int count, int longest, Sampler sampler, RandomStream random) {
    boolean wasTraining = model.isTraining();
    model.eval();
    try {
      return Autograd.noGrad(() -> drawn(start, count, longest, sampler, random));
    } finally {
      if (wasTraining) {
        model.train();
      }
    }
  }

  private List<List<String>> drawn(
      List<String> start, int count, int longest, Sampler sampler, RandomStream random) {
    List<List<String>> pieces = new ArrayList<>();
    for (int b = 0; b < count; b++) {
      pieces.add(new ArrayList<>(start));
    }
    boolean[] ended = new boolean[count];
    int open = count;
    SequenceOutput<List<S>> result = model.forward(prompt(start, count), model.initialState(count));
    for (int i = start.size(); i < longest && open > 0; i++) {
      Tensor scores = result.output().select(0, -1);
      int[] next = new int[count];
      for (int b = 0; b < count; b++) {
        if (ended[b]) {
          continue;
        }
        double u = random.uniform((long) i * count + b);
        next[b] = sampler.distribution(scores.select(0, b)).draw(u);
        if (next[b] == Tokens.EDGE) {
          ended[b] = true;
          open--;
        } else {
          pieces.get(b).add(tokens.decode(next[b]));
        }
      }
      result = model.forward(IntTensor.of(Shape.of(1, count), next), result.state());
    }
    return pieces;
  }

  private IntTensor prompt(List<String> start, int count) {
    int[] encoded = tokens.encode(start);
    int[] all = new int[(encoded.length + 1) * count];
    for (int i = 0; i < encoded.length; i++) {
      for (int b = 0; b < count; b++) {
        all[(i + 1) * count + b] = encoded[i];
      }
    }
    return IntTensor.of(Shape.of(encoded.length + 1, count), all);
  }
}
