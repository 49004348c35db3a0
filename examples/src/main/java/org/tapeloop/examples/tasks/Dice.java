package org.tapeloop.examples.tasks;

import org.tapeloop.autograd.RandomStream;

/** Random numbers one after the other. */
final class Dice {
  private final RandomStream stream;
  private long drawn;

  Dice(long seed, long stream) {
    this.stream = new RandomStream(seed, stream);
  }

  /** From [0, 1). */
  double uniform() {
    return stream.uniform(drawn++);
  }

  /** 0 to {@code sides - 1}. */
  int roll(int sides) {
    return Math.min(sides - 1, (int) (uniform() * sides));
  }

  /** True or false, equally likely. */
  boolean toss() {
    return roll(2) == 0;
  }
}
