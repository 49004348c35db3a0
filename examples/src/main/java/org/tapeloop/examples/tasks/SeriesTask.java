package org.tapeloop.examples.tasks;

/** A problem of two series of numbers: at each step a number of the second is asked for. */
interface SeriesTask extends Task {
  @Override
  default String measure() {
    return "mean squared error over variance";
  }

  @Override
  default double blind() {
    return 1;
  }

  @Override
  default int inputs() {
    return 1;
  }

  @Override
  default int outputs() {
    return 1;
  }

  /** How long both are. */
  int length();

  /** How many steps pass before anything is asked. */
  int seen();

  /**
   * Draws two series.
   *
   * @param x takes the first, {@link #length} numbers
   * @param y takes the second
   */
  void draw(Dice dice, double[] x, double[] y);

  @Override
  default Batch batch(Dice dice, int size) {
    int asked = length() - seen();
    double[] inputs = new double[length() * size];
    double[] wanted = new double[asked * size];
    double[] x = new double[length()];
    double[] y = new double[length()];
    for (int b = 0; b < size; b++) {
      draw(dice, x, y);
      for (int t = 0; t < length(); t++) {
        inputs[t * size + b] = x[t];
        if (t >= seen()) {
          wanted[(t - seen()) * size + b] = y[t];
        }
      }
    }
    return new Batch(
        Task.numbers(inputs, length(), size, 1),
        new Answers.Numbers(Task.numbers(wanted, asked, size, 1), variance(wanted)));
  }

  /** Of numbers, about their mean. */
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
