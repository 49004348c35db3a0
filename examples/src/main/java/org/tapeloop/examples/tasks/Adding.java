package org.tapeloop.examples.tasks;

/**
 * Each step has a number from [0, 1) and a mark, which two steps bear, one in each half; at the end
 * the sum of the two marked numbers is asked for. Source: Hochreiter and Schmidhuber 1997, section
 * 5.4, in the form of Le, Jaitly and Hinton 2015.
 */
record Adding(int length) implements Task {
  @Override
  public String name() {
    return "adding";
  }

  @Override
  public String description() {
    return "the sum of two marked numbers among %d".formatted(length);
  }

  @Override
  public String measure() {
    return "mean squared error";
  }

  /** The variance of the sum of two numbers from [0, 1). */
  @Override
  public double blind() {
    return 1.0 / 6;
  }

  @Override
  public int inputs() {
    return 2;
  }

  @Override
  public int outputs() {
    return 1;
  }

  @Override
  public Batch batch(Dice dice, int size) {
    double[] x = new double[length * size * 2];
    double[] sums = new double[size];
    for (int b = 0; b < size; b++) {
      int half = length / 2;
      int first = dice.roll(half);
      int second = half + dice.roll(length - half);
      for (int t = 0; t < length; t++) {
        double value = dice.uniform();
        boolean marked = t == first || t == second;
        x[(t * size + b) * 2] = value;
        x[(t * size + b) * 2 + 1] = marked ? 1 : 0;
        sums[b] += marked ? value : 0;
      }
    }
    return new Batch(
        Task.numbers(x, length, size, 2), new Answers.Numbers(Task.numbers(sums, 1, size, 1), 1));
  }
}
