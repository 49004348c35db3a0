package org.tapeloop.examples.cli;

import java.util.function.LongSupplier;

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
    return timing(
        unit,
        () -> {
          drawing.run();
          return count;
        });
  }

  /** Draws, says how many symbols, and takes the time of it. */
  public static Drawn timing(String unit, LongSupplier drawing) {
    long start = System.nanoTime();
    long count = drawing.getAsLong();
    return new Drawn(count, unit, (System.nanoTime() - start) / NANOS);
  }
}
