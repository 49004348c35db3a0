package org.tapeloop.nn.loss;

/**
 * How well a language model predicts a text, from the mean losses of the pieces it was read in.
 *
 * <pre>{@code
 * LanguageScore score = new LanguageScore();
 * score.add(loss.item(), tokens);   // for each piece
 * double perplexity = score.perplexity();
 * }</pre>
 */
public final class LanguageScore {
  private double nats;
  private long tokens;

  /** A score of nothing yet. */
  public LanguageScore() {}

  /**
   * Adds a piece of text.
   *
   * @param meanNats cross entropy in nats a token
   * @param count of tokens in the piece
   * @throws IllegalArgumentException if the count is negative
   */
  public void add(double meanNats, long count) {
    if (count < 0) {
      throw new IllegalArgumentException("language score: the count " + count + " is negative");
    }
    if (count > 0) {
      nats += meanNats * count;
      tokens += count;
    }
  }

  /** Tokens so far. */
  public long tokens() {
    return tokens;
  }

  /** The mean cross entropy in nats a token; NaN of no tokens. */
  public double natsPerToken() {
    return nats / tokens;
  }

  /** {@code e} to the mean cross entropy: among how many tokens the model in effect guesses. */
  public double perplexity() {
    return Math.exp(natsPerToken());
  }

  /** Bits a token; where tokens are characters, bits a character. */
  public double bitsPerToken() {
    return bits(natsPerToken());
  }

  /**
   * Bits a character of a text whose tokens are longer than that.
   *
   * @param characters of the whole text, those between tokens included
   */
  public double bitsPerCharacter(long characters) {
    return bits(nats) / characters;
  }

  /** Nats as bits: divided by {@code ln 2}. */
  public static double bits(double nats) {
    return nats / Math.log(2);
  }
}
