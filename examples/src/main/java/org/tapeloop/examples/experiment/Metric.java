package org.tapeloop.examples.experiment;

import java.util.function.DoubleUnaryOperator;

/**
 * The figure by which a person judges a model, made from its mean loss.
 *
 * @param name such as "bits per character"
 * @param symbol its short form, such as "bits/char"
 * @param unit what the loss is a mean over, in the plural, such as "characters"
 * @param abbreviation of the unit, for rates, such as "char"
 * @param fromLoss gives the figure for a mean loss in nats
 */
public record Metric(
    String name, String symbol, String unit, String abbreviation, DoubleUnaryOperator fromLoss) {

  /** Bits per character: the mean loss over log 2. */
  public static final Metric BITS_PER_CHARACTER =
      new Metric(
          "bits per character", "bits/char", "characters", "char", loss -> loss / Math.log(2));

  /** The figure for a mean loss in nats. */
  public double of(double loss) {
    return fromLoss.applyAsDouble(loss);
  }
}
