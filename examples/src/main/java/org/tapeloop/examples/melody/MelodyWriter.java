package org.tapeloop.examples.melody;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.abc.OpenTune;
import org.tapeloop.examples.language.TokenNetwork;
import org.tapeloop.nn.StreamingSession;
import org.tapeloop.nn.decoding.Sampler;

/** Lets a model write pieces, several at once. */
final class MelodyWriter {
  private final TokenNetwork<?> model;
  private final Tokens tokens;
  private final boolean keepsBars;

  /**
   * A writer with a model.
   *
   * @param keepsBars whether of tokens of ABC only those are drawn with which all bars get the
   *     length of their metre
   */
  MelodyWriter(TokenNetwork<?> model, Tokens tokens, boolean keepsBars) {
    this.model = model;
    this.tokens = tokens;
    this.keepsBars = keepsBars;
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
    List<OpenTune> tunes = keepsBars ? tunes(start, count) : List.of();
    boolean[] ended = new boolean[count];
    int open = count;
    StreamingSession<?> session = model.stream(count);
    float[] scores = new float[count * tokens.size()];
    int[] next = new int[count];
    Arrays.fill(next, Tokens.EDGE);
    session.step(next, scores);
    for (int given : tokens.encode(start)) {
      Arrays.fill(next, given);
      session.step(next, scores);
    }
    for (int i = start.size(); i < longest && open > 0; i++) {
      for (int b = 0; b < count; b++) {
        if (ended[b]) {
          continue;
        }
        float[] own = Arrays.copyOfRange(scores, b * tokens.size(), (b + 1) * tokens.size());
        boolean goesOn = !keepsBars || restrict(own, tunes.get(b));
        double u = random.uniform((long) i * count + b);
        next[b] = goesOn ? sampler.distribution(Tensor.of(own)).draw(u) : Tokens.EDGE;
        if (next[b] == Tokens.EDGE) {
          ended[b] = true;
          open--;
        } else {
          String token = tokens.decode(next[b]);
          pieces.get(b).add(token);
          if (keepsBars) {
            tunes.get(b).add(token);
          }
        }
      }
      session.step(next, scores);
    }
    return pieces;
  }

  private List<OpenTune> tunes(List<String> start, int count) {
    List<OpenTune> tunes = new ArrayList<>();
    for (int b = 0; b < count; b++) {
      OpenTune tune = new OpenTune(tokens.names());
      start.forEach(tune::add);
      tunes.add(tune);
    }
    return tunes;
  }

  /** Makes impossible what a tune does not allow; false if nothing is left. */
  private boolean restrict(float[] scores, OpenTune tune) {
    boolean left = false;
    for (int i = 0; i < scores.length; i++) {
      boolean allowed = i == Tokens.EDGE ? tune.mayEnd() : tune.allows(tokens.decode(i));
      scores[i] = allowed ? scores[i] : Float.NEGATIVE_INFINITY;
      left |= allowed;
    }
    return left;
  }
}
