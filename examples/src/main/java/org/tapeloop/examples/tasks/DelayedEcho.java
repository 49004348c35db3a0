package org.tapeloop.examples.tasks;

import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;

/** At each step the symbol, of four, that came some steps before; nothing is asked till then. */
record DelayedEcho(int delay, int length) implements Task {
  private static final int SYMBOLS = 4;

  @Override
  public String name() {
    return "echo";
  }

  @Override
  public String description() {
    return "the symbol of %d steps before, for %d steps".formatted(delay, length);
  }

  @Override
  public String measure() {
    return "nats a step";
  }

  @Override
  public double blind() {
    return Math.log(SYMBOLS);
  }

  @Override
  public int inputs() {
    return SYMBOLS;
  }

  @Override
  public int outputs() {
    return SYMBOLS;
  }

  @Override
  public Batch batch(Dice dice, int size) {
    int[] symbols = new int[length * size];
    int[] wanted = new int[length * size];
    for (int i = 0; i < symbols.length; i++) {
      symbols[i] = dice.roll(SYMBOLS);
      int before = i - delay * size;
      wanted[i] = before < 0 ? Answers.Classes.NONE : symbols[before];
    }
    return new Batch(
        Task.oneHot(symbols, size, SYMBOLS),
        new Answers.Classes(IntTensor.of(Shape.of(length, size), wanted), 0));
  }
}
