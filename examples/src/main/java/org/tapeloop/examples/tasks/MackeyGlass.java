package org.tapeloop.examples.tasks;

import java.util.Arrays;

/**
 * The equation {@code dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t)}, chaotic at this
 * delay: at each step of a piece of its solution the value some steps later is asked for, once the
 * network has seen the first hundred. Solved by Runge and Kutta's method of fourth order with steps
 * of a tenth, the delayed value held within a step. Source: Mackey and Glass 1977; Jaeger and Haas
 * 2004.
 */
record MackeyGlass(int horizon, int length) implements Task {
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
  public String measure() {
    return "mean squared error over variance";
  }

  @Override
  public double blind() {
    return 1;
  }

  @Override
  public int inputs() {
    return 1;
  }

  @Override
  public int outputs() {
    return 1;
  }

  @Override
  public Batch batch(Dice dice, int size) {
    int asked = length - SEEN;
    double[] x = new double[length * size];
    double[] later = new double[asked * size];
    for (int b = 0; b < size; b++) {
      double[] series = series(dice);
      for (int t = 0; t < length; t++) {
        x[t * size + b] = series[t];
        if (t >= SEEN) {
          later[(t - SEEN) * size + b] = series[t + horizon];
        }
      }
    }
    double variance = variance(later);
    return new Batch(
        Task.numbers(x, length, size, 1),
        new Answers.Numbers(Task.numbers(later, asked, size, 1), variance));
  }

  /** A piece of a solution that starts at random, about its mean. */
  private double[] series(Dice dice) {
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
    return series;
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

  static double variance(double[] values) {
    double sum = 0;
    double squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    double mean = sum / values.length;
    return squares / values.length - mean * mean;
  }
}
