package org.tapeloop.examples.experiment;

import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * The figure by which a person judges a model, made from its mean loss.
 *
 * @param name such as "bits per character"
 * @param symbol its short form, such as "bits/char"
 * @param unit what the loss is a mean over, in the plural, such as "characters"
 * @param abbreviation of the unit, for rates, such as "char"
 * @param fromLoss gives the figure for a mean loss, which for likelihoods is in nats
 */
public record Metric(
    String name, String symbol, String unit, String abbreviation, DoubleUnaryOperator fromLoss) {

  /** Bits per character: the mean loss over log 2. */
  public static final Metric BITS_PER_CHARACTER =
      new Metric(
          "bits per character", "bits/char", "characters", "char", loss -> loss / Math.log(2));

  /** Perplexity: e to the mean loss. */
  public static final Metric PERPLEXITY =
      new Metric("perplexity per word", "ppl", "words", "word", Math::exp);

  /** The figure for a mean loss. */
  public double of(double loss) {
    return fromLoss.applyAsDouble(loss);
  }

  /** The figure for a mean loss, with as many digits as matter. */
  public String text(double loss) {
    double value = of(loss);
    double size = Math.abs(value);
    String format = size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : size >= 0.01 ? "%.3f" : "%.2e";
    return String.format(Locale.ROOT, format, value);
  }
}
