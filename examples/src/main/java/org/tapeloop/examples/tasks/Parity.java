package org.tapeloop.examples.tasks;

import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;

/** After each bit, whether the number of ones so far is odd. */
record Parity(int length) implements Task {
  @Override
  public String name() {
    return "parity";
  }

  @Override
  public String description() {
    return "whether the ones so far are odd, for %d bits".formatted(length);
  }

  @Override
  public String measure() {
    return "nats a step";
  }

  @Override
  public double blind() {
    return Math.log(2);
  }

  @Override
  public int inputs() {
    return 2;
  }

  @Override
  public int outputs() {
    return 2;
  }

  @Override
  public Batch batch(Dice dice, int size) {
    int[] bits = new int[length * size];
    int[] odd = new int[length * size];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = dice.roll(2);
      odd[i] = bits[i] ^ (i < size ? 0 : odd[i - size]);
    }
    return new Batch(
        Task.oneHot(bits, size, 2),
        new Answers.Classes(IntTensor.of(Shape.of(length, size), odd), 0));
  }
}
