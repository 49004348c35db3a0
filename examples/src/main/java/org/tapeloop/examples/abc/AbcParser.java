package org.tapeloop.examples.abc;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one tune in ABC notation (version 2.1): notes, rests, chords, tuplets, broken rhythms,
 * ties, repeats and endings, changes of metre and key. Chord names, lyrics, decorations, slurs and
 * grace notes are passed over; several voices, and macros, are refused.
 */
public final class AbcParser {
  private static final Pattern FIELD = Pattern.compile("([A-Za-z+]):\\s*(.*)");

  /** In the body the letters of notes are notes: {@code d:|} ends a part. */
  private static final Pattern BODY_FIELD = Pattern.compile("([H-Zh-z+]):\\s*(.*)");

  private static final Pattern BAR = Pattern.compile("\\[\\||:*\\|[|\\]:]*|::+");
  private static final Pattern ENDING = Pattern.compile("\\[?\\s*(\\d+(?:[,-]\\d+)*)");
  private static final Pattern TUPLET = Pattern.compile("\\((\\d)(?::(\\d?))?(?::(\\d?))?");
  private static final Pattern NOTE = Pattern.compile("(\\^\\^?|__?|=)?([A-Ga-g])([',]*)");
  private static final Pattern LENGTH = Pattern.compile("(\\d*)(/+)?(\\d*)");
  private static final Pattern INLINE = Pattern.compile("\\[([A-Za-z]):\\s*([^\\]]*)\\]");
  private static final Pattern SKIPPED =
      Pattern.compile("\"[^\"]*\"|![^!\\n]*!|\\+[^+\\n]*\\+|\\{[^}]*\\}|[\\s\\\\~.`$*;?)H-Wh-wy]");

  private final List<Symbol> body = new ArrayList<>();
  private String title = "";
  private @Nullable Meter meter;
  private @Nullable Fraction unit;
  private @Nullable Key key;

  /** What lengths are multiplied by since the unit length has changed within the tune. */
  private Fraction scale = Fraction.ONE;

  /** What multiplies the next note because of a broken rhythm. */
  private @Nullable Fraction broken;

  private int line;

  private AbcParser() {}

  /**
   * Reads a tune.
   *
   * @param text the lines of one tune
   * @throws AbcException naming the line, if something in it is not understood
   */
  public static Tune parse(String text) {
    AbcParser parser = new AbcParser();
    for (String written : text.split("\n", -1)) {
      parser.line++;
      try {
        parser.line(written);
      } catch (AbcException e) {
        throw new AbcException("line " + parser.line + ": " + e.getMessage());
      }
    }
    return parser.tune();
  }

  private Tune tune() {
    if (key == null) {
      throw new AbcException("there is no field K:, which ends the head of a tune");
    }
    if (body.stream().noneMatch(Symbol.Note.class::isInstance)) {
      throw new AbcException("there are no notes");
    }
    if (broken != null) {
      throw new AbcException("a broken rhythm has no second note");
    }
    return new Tune(title, meter(), unit(), key, body);
  }

  private Meter meter() {
    return meter == null ? new Meter(4, 4) : meter;
  }

  private Fraction unit() {
    return unit == null ? meter().unitLength() : unit;
  }

  private void line(String written) {
    int comment = written.indexOf('%');
    String content = (comment < 0 ? written : written.substring(0, comment)).strip();
    Matcher field = (key == null ? FIELD : BODY_FIELD).matcher(content);
    if (field.matches()) {
      field(field.group(1).charAt(0), field.group(2).strip(), key == null);
    } else if (key != null) {
      music(content);
    } else if (!content.isEmpty()) {
      throw new AbcException("expected a field such as M: or K:, not '" + content + "'");
    }
  }

  private void field(char name, String value, boolean inHead) {
    switch (name) {
      case 'T' -> title = title.isEmpty() ? value : title;
      case 'M' -> {
        if (!value.equals("none")) {
          Meter now = Meter.parse(value);
          if (inHead) {
            meter = now;
          } else {
            body.add(new Symbol.MeterChange(now));
          }
        }
      }
      case 'L' -> {
        Fraction now = unitLength(value);
        if (inHead) {
          unit = now;
        } else {
          scale = now.over(unit());
        }
      }
      case 'K' -> {
        Key now = Key.parse(value);
        if (inHead) {
          key = now;
        } else {
          body.add(new Symbol.KeyChange(now));
        }
      }
      case 'V' -> throw new AbcException("V: tunes of several voices are not supported");
      case 'm', 'U' -> throw new AbcException(name + ": macros are not supported");
      default -> {
        // What it says is no music: composer, source, rhythm, lyrics and the like.
      }
    }
  }

  private static Fraction unitLength(String value) {
    Matcher form = Pattern.compile("1/(1|2|4|8|16|32|64)|1").matcher(value);
    if (!form.matches()) {
      throw new AbcException("L:" + value + ": expected a length such as 1/8");
    }
    return new Fraction(1, form.group(1) == null ? 1 : Long.parseLong(form.group(1)));
  }

  // ---- the body ----

  private void music(String text) {
    int at = 0;
    while (at < text.length()) {
      at = symbol(text, at);
    }
  }

  /** Reads what begins at a place; gives the place after it. */
  private int symbol(String text, int at) {
    Matcher matcher = SKIPPED.matcher(text);
    if (starts(matcher, at)) {
      return matcher.end();
    }
    if (starts(matcher.usePattern(INLINE), at)) {
      field(matcher.group(1).charAt(0), matcher.group(2).strip(), false);
      return matcher.end();
    }
    if (starts(matcher.usePattern(BAR), at)) {
      body.add(bar(matcher.group()));
      int end = matcher.end();
      return starts(matcher.usePattern(ENDING), end) ? ending(matcher) : end;
    }
    char first = text.charAt(at);
    if (first == '[' && starts(matcher.usePattern(ENDING), at)) {
      return ending(matcher);
    }
    if (starts(matcher.usePattern(TUPLET), at)) {
      body.add(tuplet(matcher));
      return matcher.end();
    }
    return switch (first) {
      case '(' -> at + 1;
      case '[' -> chord(text, at);
      case '-' -> tie(at);
      case '<', '>' -> broken(text, at);
      case 'z', 'x', 'Z' -> rest(text, at);
      case '&' -> throw new AbcException("& : voices overlaid are not supported");
      default -> {
        if (!starts(matcher.usePattern(NOTE), at)) {
          throw new AbcException(
              "'%s' at '%s' is not understood".formatted(first, text.substring(at)));
        }
        yield withLength(text, matcher.end(), List.of(pitch(matcher)));
      }
    };
  }

  private static boolean starts(Matcher matcher, int at) {
    return matcher.region(at, matcher.regionEnd()).lookingAt();
  }

  private static Symbol.Bar bar(String text) {
    boolean back = text.startsWith(":");
    boolean on = text.endsWith(":");
    if (text.startsWith("::") || (back && on)) {
      return Symbol.Bar.TURN;
    }
    if (back || on) {
      return back ? Symbol.Bar.REPEAT : Symbol.Bar.START;
    }
    return switch (text) {
      case "|" -> Symbol.Bar.SINGLE;
      case "||", "[|" -> Symbol.Bar.DOUBLE;
      default -> Symbol.Bar.FINAL;
    };
  }

  private int ending(Matcher matcher) {
    List<Integer> passages = new ArrayList<>();
    for (String part : matcher.group(1).split(",", -1)) {
      String[] range = part.split("-", -1);
      int last = Integer.parseInt(range[range.length - 1]);
      for (int i = Integer.parseInt(range[0]); i <= last; i++) {
        passages.add(i);
      }
    }
    body.add(new Symbol.Ending(List.copyOf(passages)));
    return matcher.end();
  }

  private Symbol.Tuplet tuplet(Matcher matcher) {
    int notes = Integer.parseInt(matcher.group(1));
    boolean compound = meter != null && meter.isCompound();
    int usual =
        switch (notes) {
          case 2, 4, 8 -> 3;
          case 3, 6 -> 2;
          case 5, 7, 9 -> compound ? 3 : 2;
          default -> throw new AbcException("(" + notes + ": a tuplet has 2 to 9 notes");
        };
    return new Symbol.Tuplet(
        notes, number(matcher.group(2), usual), number(matcher.group(3), notes));
  }

  private static int number(@Nullable String digits, int otherwise) {
    int number = digits == null || digits.isEmpty() ? otherwise : Integer.parseInt(digits);
    if (number == 0) {
      throw new AbcException("a tuplet of 0");
    }
    return number;
  }

  private static Pitch pitch(Matcher matcher) {
    Integer accidental =
        switch (matcher.group(1)) {
          case null -> null;
          case "^" -> 1;
          case "^^" -> 2;
          case "_" -> -1;
          case "__" -> -2;
          default -> 0;
        };
    int octaves = 0;
    for (char mark : matcher.group(3).toCharArray()) {
      octaves += mark == ',' ? -1 : 1;
    }
    return Pitch.of(matcher.group(2).charAt(0), octaves, accidental);
  }

  private int chord(String text, int at) {
    int end = text.indexOf(']', at);
    if (end < 0) {
      throw new AbcException("'" + text.substring(at) + "': a chord without ]");
    }
    List<Pitch> pitches = new ArrayList<>();
    Fraction inner = Fraction.ONE;
    Matcher matcher = NOTE.matcher(text);
    int next = at + 1;
    while (next < end) {
      if (starts(matcher.usePattern(NOTE), next)) {
        pitches.add(pitch(matcher));
        next = matcher.end();
        if (starts(matcher.usePattern(LENGTH), next)) {
          inner = pitches.size() == 1 ? length(matcher) : inner;
          next = matcher.end();
        }
      } else if (starts(matcher.usePattern(SKIPPED), next) || text.charAt(next) == '-') {
        next = text.charAt(next) == '-' ? next + 1 : matcher.end();
      } else {
        throw new AbcException("'" + text.substring(at, end + 1) + "': not a chord of notes");
      }
    }
    if (pitches.isEmpty()) {
      throw new AbcException("'" + text.substring(at, end + 1) + "': a chord without notes");
    }
    pitches.sort(Comparator.comparingInt(Pitch::step));
    int after = withLength(text, end + 1, pitches);
    if (!inner.equals(Fraction.ONE)) {
      Symbol.Note note = (Symbol.Note) body.removeLast();
      body.add(new Symbol.Note(note.pitches(), note.length().times(inner), note.tied()));
    }
    return after;
  }

  private int withLength(String text, int at, List<Pitch> pitches) {
    Matcher matcher = LENGTH.matcher(text);
    starts(matcher, at);
    body.add(new Symbol.Note(List.copyOf(pitches), sounding(length(matcher)), false));
    return matcher.end();
  }

  private int rest(String text, int at) {
    Matcher matcher = LENGTH.matcher(text);
    starts(matcher, at + 1);
    Fraction length = length(matcher);
    if (text.charAt(at) == 'Z') {
      throw new AbcException("Z: rests of whole bars are not supported; write z with a length");
    }
    body.add(new Symbol.Rest(sounding(length)));
    return matcher.end();
  }

  private static Fraction length(Matcher matcher) {
    long above = matcher.group(1).isEmpty() ? 1 : small(matcher.group(1));
    String slashes = matcher.group(2);
    long below = 1;
    if (slashes != null) {
      below = matcher.group(3).isEmpty() ? 1L << slashes.length() : small(matcher.group(3));
    }
    if (above == 0 || below == 0) {
      throw new AbcException("'" + matcher.group() + "' is no length");
    }
    return new Fraction(above, below);
  }

  private static long small(String digits) {
    if (digits.length() > 3) {
      throw new AbcException("'" + digits + "' is no length");
    }
    return Long.parseLong(digits);
  }

  /** A written length in units of the head, after a broken rhythm shortened or lengthened. */
  private Fraction sounding(Fraction length) {
    Fraction factor = broken == null ? scale : scale.times(broken);
    broken = null;
    return length.times(factor);
  }

  private int tie(int at) {
    if (body.isEmpty() || !(body.getLast() instanceof Symbol.Note note)) {
      throw new AbcException("- : there is no note before it to tie");
    }
    body.removeLast();
    body.add(new Symbol.Note(note.pitches(), note.length(), true));
    return at + 1;
  }

  private int broken(String text, int at) {
    char sign = text.charAt(at);
    int end = at;
    while (end < text.length() && text.charAt(end) == sign) {
      end++;
    }
    if (end - at > 3) {
      throw new AbcException("'" + text.substring(at, end) + "': at most three of these");
    }
    long parts = 1L << (end - at);
    Fraction little = new Fraction(1, parts);
    Fraction much = new Fraction(2 * parts - 1, parts);
    Fraction before = sign == '>' ? much : little;
    Symbol last = body.isEmpty() ? null : body.getLast();
    switch (last) {
      case Symbol.Note note -> {
        body.removeLast();
        body.add(new Symbol.Note(note.pitches(), note.length().times(before), note.tied()));
      }
      case Symbol.Rest rest -> {
        body.removeLast();
        body.add(new Symbol.Rest(rest.length().times(before)));
      }
      case null, default ->
          throw new AbcException(sign + " : there is no note before it to lengthen");
    }
    broken = sign == '>' ? little : much;
    return end;
  }
}
