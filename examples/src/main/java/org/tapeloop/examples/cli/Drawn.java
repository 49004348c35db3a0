package org.tapeloop.examples.cli;

/**
 * What a model has written.
 *
 * @param count how many symbols were drawn
 * @param unit what they are, in the plural, such as "characters"
 * @param seconds that drawing took, from the prompt on
 */
public record Drawn(long count, String unit, double seconds) {
  private static final double NANOS = 1e9;

  /** Draws, and takes the time of it. */
  public static Drawn timing(long count, String unit, Runnable drawing) {
    long start = System.nanoTime();
    drawing.run();
    return new Drawn(count, unit, (System.nanoTime() - start) / NANOS);
  }
}
