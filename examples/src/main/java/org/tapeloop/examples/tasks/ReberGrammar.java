package org.tapeloop.examples.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;

/**
 * Strings of Reber's grammar. In its plain form the next symbol is asked for at each step, where
 * two are mostly possible; the loss is what is lost beyond that. In the embedded form the string
 * stands between two symbols, T or P, the same before it as after it, and only the second is asked
 * for: all of the string has to be bridged. Source: Hochreiter and Schmidhuber 1997, section 5.1.
 */
record ReberGrammar(boolean embedded) implements Task {
  private static final String SYMBOLS = "BTSXPVE";

  /** From each state two arrows: a symbol, and the state it leads to. */
  private static final String[] ARROWS = {"T1P2", "S1X3", "T2V4", "X2S5", "P3V5"};

  private static final int END = 5;

  /** Strings that a guess is counted from. */
  private static final int COUNTED = 4096;

  @Override
  public String name() {
    return embedded ? "embedded-reber" : "reber";
  }

  @Override
  public String description() {
    return embedded ? "the symbol before a string of Reber's, after it" : "strings of Reber's";
  }

  @Override
  public String measure() {
    return embedded ? "nats a string" : "nats a symbol beyond what nobody can know";
  }

  /** A guess between two, or by how often each symbol occurs, found by drawing strings. */
  @Override
  public double blind() {
    if (embedded) {
      return Math.log(2);
    }
    Dice dice = new Dice(0, 0);
    long[] counts = new long[SYMBOLS.length()];
    double surprise = 0;
    long asked = 0;
    for (int i = 0; i < COUNTED; i++) {
      Drawn drawn = draw(dice);
      surprise += drawn.surprise;
      asked += drawn.text.length() - 1;
      drawn.text.chars().skip(1).forEach(symbol -> counts[SYMBOLS.indexOf(symbol)]++);
    }
    double entropy = 0;
    for (long count : counts) {
      double part = count / (double) asked;
      entropy -= count == 0 ? 0 : part * Math.log(part);
    }
    return entropy - surprise / asked;
  }

  @Override
  public int inputs() {
    return SYMBOLS.length();
  }

  @Override
  public int outputs() {
    return SYMBOLS.length();
  }

  /**
   * A string.
   *
   * @param text of it
   * @param surprise the nats that its choices cost who knows the grammar
   */
  private record Drawn(String text, double surprise) {}

  private static Drawn draw(Dice dice) {
    StringBuilder text = new StringBuilder("B");
    double surprise = 0;
    int state = 0;
    while (state != END) {
      String arrows = ARROWS[state];
      int chosen = 2 * dice.roll(2);
      text.append(arrows.charAt(chosen));
      state = arrows.charAt(chosen + 1) - '0';
      surprise += Math.log(2);
    }
    return new Drawn(text.append('E').toString(), surprise);
  }

  @Override
  public Batch batch(Dice dice, int size) {
    List<String> strings = new ArrayList<>();
    double surprise = 0;
    long asked = 0;
    for (int b = 0; b < size; b++) {
      Drawn drawn = draw(dice);
      String frame = dice.toss() ? "T" : "P";
      strings.add(embedded ? "B" + frame + drawn.text + frame + "E" : drawn.text);
      asked += embedded ? 1 : drawn.text.length() - 1;
      surprise += embedded ? 0 : drawn.surprise;
    }
    int length = strings.stream().mapToInt(String::length).max().orElseThrow() - 1;
    int[] symbols = new int[length * size];
    int[] wanted = new int[length * size];
    Arrays.fill(symbols, -1);
    Arrays.fill(wanted, Answers.Classes.NONE);
    for (int b = 0; b < size; b++) {
      String text = strings.get(b);
      for (int t = 0; t + 1 < text.length(); t++) {
        symbols[t * size + b] = SYMBOLS.indexOf(text.charAt(t));
        if (!embedded || t + 3 == text.length()) {
          wanted[t * size + b] = SYMBOLS.indexOf(text.charAt(t + 1));
        }
      }
    }
    return new Batch(
        Task.oneHot(symbols, size, inputs()),
        new Answers.Classes(IntTensor.of(Shape.of(length, size), wanted), surprise / asked));
  }
}
