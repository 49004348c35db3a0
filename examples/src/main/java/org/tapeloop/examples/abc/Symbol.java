package org.tapeloop.examples.abc;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What stands in the body of a tune, one after the other. */
public sealed interface Symbol {
  /** As ABC writes it. */
  String text();

  /**
   * A note, or several at once.
   *
   * @param pitches from low to high as written, at least one
   * @param length in units of the field {@code L:}
   * @param tied to the next of the same pitch
   */
  record Note(List<Pitch> pitches, Fraction length, boolean tied) implements Symbol {
    @Override
    public String text() {
      String written = pitches.stream().map(Pitch::text).collect(Collectors.joining());
      String head = pitches.size() == 1 ? written : "[" + written + "]";
      return head + length.factor() + (tied ? "-" : "");
    }
  }

  /**
   * A rest.
   *
   * @param length in units of the field {@code L:}
   */
  record Rest(Fraction length) implements Symbol {
    @Override
    public String text() {
      return "z" + length.factor();
    }
  }

  /**
   * Of the notes and rests that follow, {@code notes} take the time of {@code time}.
   *
   * @param notes how many of a kind
   * @param time how many would take as long
   * @param count how many notes and rests this holds for
   */
  record Tuplet(int notes, int time, int count) implements Symbol {
    @Override
    public String text() {
      return "(" + notes + ":" + time + ":" + count;
    }

    /** What each length is multiplied by. */
    Fraction factor() {
      return new Fraction(time, notes);
    }
  }

  /** The passages that an ending such as {@code [1} is for. */
  record Ending(List<Integer> passages) implements Symbol {
    @Override
    public String text() {
      return passages.stream().map(String::valueOf).collect(Collectors.joining(",", "[", ""));
    }
  }

  /** A change of metre, {@code [M:6/8]}. */
  record MeterChange(Meter meter) implements Symbol {
    @Override
    public String text() {
      return "[M:" + meter + "]";
    }
  }

  /** A change of key, {@code [K:Am]}. */
  record KeyChange(Key key) implements Symbol {
    @Override
    public String text() {
      return "[K:" + key + "]";
    }
  }

  /** A bar line. */
  enum Bar implements Symbol {
    /** Between two bars. */
    SINGLE("|"),
    /** Between two parts. */
    DOUBLE("||"),
    /** The end. */
    FINAL("|]"),
    /** What follows is repeated. */
    START("|:"),
    /** Back to the start of the repeat. */
    REPEAT(":|"),
    /** Both. */
    TURN("::");

    private final String text;

    Bar(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }

    /** The bar line that is written so, if one is. */
    static Optional<Bar> written(String text) {
      return Arrays.stream(values()).filter(bar -> bar.text.equals(text)).findFirst();
    }

    /** Whether a part of the tune ends or begins here. */
    boolean isEdge() {
      return this != SINGLE;
    }

    boolean repeatsBefore() {
      return this == REPEAT || this == TURN;
    }

    boolean startsRepeat() {
      return this == START || this == TURN;
    }
  }
}
