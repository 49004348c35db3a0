package org.tapeloop.examples.tasks;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;

/**
 * Balanced brackets of two kinds. Wherever a bracket closes, its kind is asked for one step before:
 * the network has to keep a stack. Source: Hewitt et al. 2020 for the bound on the depth.
 */
record Dyck(int length, int depth) implements Task {
  /** Opening and closing, of two kinds each. */
  private static final int SYMBOLS = 4;

  private static final int KINDS = 2;

  @Override
  public String name() {
    return "dyck-2";
  }

  @Override
  public String description() {
    return "which of two brackets closes, %d deep at most, for %d steps".formatted(depth, length);
  }

  @Override
  public String measure() {
    return "nats a closing bracket";
  }

  @Override
  public double blind() {
    return Math.log(KINDS);
  }

  @Override
  public int inputs() {
    return SYMBOLS;
  }

  @Override
  public int outputs() {
    return KINDS;
  }

  @Override
  public Batch batch(Dice dice, int size) {
    int[] symbols = new int[length * size];
    int[] wanted = new int[length * size];
    Arrays.fill(wanted, Answers.Classes.NONE);
    for (int b = 0; b < size; b++) {
      Deque<Integer> open = new ArrayDeque<>();
      for (int t = 0; t < length; t++) {
        boolean opens = open.isEmpty() || (open.size() < depth && dice.toss());
        int kind = opens ? dice.roll(KINDS) : open.pop();
        symbols[t * size + b] = opens ? kind : KINDS + kind;
        if (opens) {
          open.push(kind);
        } else if (t > 0) {
          wanted[(t - 1) * size + b] = kind;
        }
      }
    }
    return new Batch(
        Task.oneHot(symbols, size, SYMBOLS),
        new Answers.Classes(IntTensor.of(Shape.of(length, size), wanted), 0));
  }
}
