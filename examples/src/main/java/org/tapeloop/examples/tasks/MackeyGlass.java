package org.tapeloop.examples.tasks;

import java.util.Arrays;

/**
 * The equation {@code dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t)}, chaotic at this
 * delay: at each step of a piece of its solution the value some steps later is asked for, once the
 * network has seen the first hundred. Solved by Runge and Kutta's method of fourth order with steps
 * of a tenth, the delayed value held within a step. Source: Mackey and Glass 1977; Jaeger and Haas
 * 2004.
 */
record MackeyGlass(int horizon, int length) implements SeriesTask {
  private static final int SEEN = 100;
  private static final int FINENESS = 10;
  private static final int DELAY = 17 * FINENESS;
  private static final int SETTLING = 1000 * FINENESS;

  @Override
  public String name() {
    return "mackey-glass";
  }

  @Override
  public String description() {
    return "a chaotic series %d steps ahead, for %d steps".formatted(horizon, length);
  }

  @Override
  public int seen() {
    return SEEN;
  }

  /** A piece of a solution that starts at random, about its mean. */
  @Override
  public void draw(Dice dice, double[] x, double[] y) {
    double[] past = new double[DELAY];
    double value = 0.5 + dice.uniform();
    Arrays.fill(past, value);
    double[] series = new double[length + horizon];
    int settling = SETTLING + dice.roll(SETTLING);
    for (int i = 0; i < settling + series.length * FINENESS; i++) {
      double delayed = past[i % DELAY];
      past[i % DELAY] = value;
      value = next(value, delayed);
      int since = i - settling;
      if (since >= 0 && since % FINENESS == 0) {
        series[since / FINENESS] = value - 1;
      }
    }
    System.arraycopy(series, 0, x, 0, length);
    System.arraycopy(series, horizon, y, 0, length);
  }

  private static double next(double x, double delayed) {
    double h = 1.0 / FINENESS;
    double feedback = 0.2 * delayed / (1 + StrictMath.pow(delayed, 10));
    double k1 = feedback - 0.1 * x;
    double k2 = feedback - 0.1 * (x + h / 2 * k1);
    double k3 = feedback - 0.1 * (x + h / 2 * k2);
    double k4 = feedback - 0.1 * (x + h * k3);
    return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
}
