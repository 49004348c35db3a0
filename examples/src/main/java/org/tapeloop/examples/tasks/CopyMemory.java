package org.tapeloop.examples.tasks;

import java.util.Arrays;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;

/**
 * Ten symbols of eight, a pause, a sign, and then the ten are to be repeated; at all other steps
 * the blank is the answer. The pause and the sign together take {@code delay} steps. Source:
 * Arjovsky, Shah and Bengio 2016, section 5.1.
 */
record CopyMemory(int delay) implements Task {
  private static final int SYMBOLS = 8;
  private static final int COPIED = 10;
  private static final int BLANK = SYMBOLS;
  private static final int SIGN = SYMBOLS + 1;

  @Override
  public String name() {
    return "copy";
  }

  @Override
  public String description() {
    return "ten symbols again after %d steps".formatted(delay);
  }

  @Override
  public String measure() {
    return "nats a step";
  }

  /** Blanks where they are due, and then a guess among eight. */
  @Override
  public double blind() {
    return COPIED * Math.log(SYMBOLS) / length();
  }

  private int length() {
    return delay + 2 * COPIED;
  }

  @Override
  public int inputs() {
    return SYMBOLS + 2;
  }

  @Override
  public int outputs() {
    return SYMBOLS + 1;
  }

  @Override
  public Batch batch(Dice dice, int size) {
    int length = length();
    int[] x = new int[length * size];
    int[] wanted = new int[length * size];
    Arrays.fill(x, BLANK);
    Arrays.fill(wanted, BLANK);
    for (int b = 0; b < size; b++) {
      for (int i = 0; i < COPIED; i++) {
        int symbol = dice.roll(SYMBOLS);
        x[i * size + b] = symbol;
        wanted[(length - COPIED + i) * size + b] = symbol;
      }
      x[(length - COPIED - 1) * size + b] = SIGN;
    }
    return new Batch(
        Task.oneHot(x, size, inputs()),
        new Answers.Classes(IntTensor.of(Shape.of(length, size), wanted), 0));
  }
}
