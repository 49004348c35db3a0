package org.tapeloop.examples.sampling;

import java.util.Arrays;
import java.util.Comparator;

/**
 * How the next symbol is drawn from a model's scores: they are divided by the temperature, all but
 * the best k symbols are dropped, then all but the fewest that together have probability p or more
 * (the nucleus), and one of the rest is drawn.
 *
 * <p>Source: Holtzman et al. 2020, "The curious case of neural text degeneration".
 *
 * @param temperature 0 takes the best symbol always, 1 draws from the model's own distribution
 * @param topK how many symbols stay; 0 keeps them all
 * @param topP the probability that the nucleus must have, in (0, 1]; 1 keeps all symbols
 */
public record SamplingStrategy(double temperature, int topK, double topP) {

  /**
   * @throws IllegalArgumentException naming what is out of range
   */
  public SamplingStrategy {
    if (!(temperature >= 0 && Double.isFinite(temperature))) {
      throw new IllegalArgumentException("temperature must be 0 or more, not " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top-k must be 0 (all) or more, not " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top-p must be above 0 and at most 1, not " + topP);
    }
  }

  /**
   * The index of the symbol that is drawn; of equal scores the lower index comes first.
   *
   * @param scores unnormalised log probabilities
   * @param uniform a random number in [0, 1)
   * @throws ArithmeticException if a score is NaN or infinite: the model has diverged
   */
  public int draw(float[] scores, double uniform) {
    Integer[] order = new Integer[scores.length];
    for (int i = 0; i < scores.length; i++) {
      if (!Float.isFinite(scores[i])) {
        throw new ArithmeticException(
            "the model's score of symbol " + i + " is " + scores[i] + ": training has diverged");
      }
      order[i] = i;
    }
    Arrays.sort(order, Comparator.comparingDouble(i -> -scores[i]));
    if (temperature == 0) {
      return order[0];
    }

    int kept = topK == 0 ? order.length : Math.min(topK, order.length);
    double[] weights = new double[kept];
    double total = 0;
    for (int rank = 0; rank < kept; rank++) {
      weights[rank] = Math.exp((scores[order[rank]] - (double) scores[order[0]]) / temperature);
      total += weights[rank];
    }
    if (topP < 1) {
      double nucleus = 0;
      int size = 0;
      while (size < kept && nucleus < topP * total) {
        nucleus += weights[size++];
      }
      kept = size;
      total = nucleus;
    }
    double left = uniform * total;
    for (int rank = 0; rank < kept - 1; rank++) {
      left -= weights[rank];
      if (left < 0) {
        return order[rank];
      }
    }
    return order[kept - 1];
  }

  @Override
  public String toString() {
    return "temperature "
        + temperature
        + (topK > 0 ? ", top-k " + topK : "")
        + (topP < 1 ? ", top-p " + topP : "");
  }
}
