package org.tapeloop.examples.tasks;

/**
 * A system with a memory of ten steps, driven by noise: {@code y' = 0.3 y + 0.05 y (y + ... +
 * y[t-9]) + 1.5 u[t-9] u[t] + 0.1}, u from [0, 0.5). Asked for is y, once the network has seen
 * twenty steps. Source: Atiya and Parlos 2000.
 */
record Narma(int length) implements SeriesTask {
  private static final int ORDER = 10;
  private static final int SEEN = 20;

  /** Beyond this a series grows without bounds, which happens by chance; another is drawn. */
  private static final double RUNAWAY = 2;

  @Override
  public String name() {
    return "narma-10";
  }

  @Override
  public String description() {
    return "a system of memory 10 driven by noise, for %d steps".formatted(length);
  }

  @Override
  public int seen() {
    return SEEN;
  }

  @Override
  public void draw(Dice dice, double[] x, double[] y) {
    while (!fill(dice, x, y)) {
      // Another one.
    }
  }

  /** Draws a series; says whether it stayed in bounds. */
  private static boolean fill(Dice dice, double[] noise, double[] y) {
    for (int t = 0; t < noise.length; t++) {
      noise[t] = 0.5 * dice.uniform();
    }
    for (int t = 0; t + 1 < y.length; t++) {
      double sum = 0;
      for (int i = Math.max(0, t - ORDER + 1); i <= t; i++) {
        sum += y[i];
      }
      double earlier = t < ORDER - 1 ? 0 : noise[t - ORDER + 1];
      y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * sum + 1.5 * earlier * noise[t] + 0.1;
      if (!(y[t + 1] < RUNAWAY)) {
        return false;
      }
    }
    return true;
  }
}
