package org.tapeloop.nn.softmax;

import java.util.BitSet;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;

/**
 * Draws classes by Zipf's law, the first ones most often: {@code p(c) = ln((c + 2) / (c + 1)) /
 * ln(V + 1)}, for classes in the order of their frequency.
 *
 * @param classes V
 * @param unique whether a class is drawn once at most
 */
public record LogUniformSampler(int classes, boolean unique) {

  /** Checks the number of classes. */
  public LogUniformSampler {
    if (classes < 1) {
      throw new IllegalArgumentException(
          "LogUniformSampler: there must be at least 1 class, not " + classes);
    }
  }

  /**
   * What was drawn.
   *
   * @param classes [S], in the order of drawing
   * @param draws how many it took, more than classes where some came again
   */
  public record Sample(IntTensor classes, long draws) {}

  /** The probability that a draw gives the class. */
  public double probability(int c) {
    return Math.log((c + 2.0) / (c + 1.0)) / Math.log(classes + 1.0);
  }

  /**
   * How often a class is expected among a sample: {@code draws * p}, and where each is drawn once
   * at most {@code 1 - (1 - p)^draws}.
   */
  public double expectedCount(int c, long draws) {
    double p = probability(c);
    return unique ? -Math.expm1(draws * Math.log1p(-p)) : draws * p;
  }

  /**
   * Draws.
   *
   * @param count how many
   * @param stream whose numbers are used from 0 on
   * @throws IllegalArgumentException if there are not so many different classes
   */
  public Sample draw(int count, RandomStream stream) {
    if (count < 1 || (unique && count > classes)) {
      throw new IllegalArgumentException(
          "LogUniformSampler: %d of %d classes can't be drawn".formatted(count, classes));
    }
    int[] drawn = new int[count];
    BitSet seen = new BitSet();
    long draws = 0;
    for (int i = 0; i < count; ) {
      // The inverse of the distribution function ln(c + 1) / ln(V + 1).
      double u = stream.uniform(draws++);
      int c = (int) (Math.exp(u * Math.log(classes + 1.0)) - 1);
      c = Math.clamp(c, 0, classes - 1);
      if (unique && seen.get(c)) {
        continue;
      }
      seen.set(c);
      drawn[i++] = c;
    }
    return new Sample(IntTensor.of(drawn), draws);
  }
}
