package org.tapeloop.examples.abc;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key: a tonic and a mode.
 *
 * @param letter of the tonic, 0 for C to 6 for B
 * @param alteration of the tonic: -1 for a flat, 1 for a sharp
 * @param mode the mode
 */
public record Key(int letter, int alteration, Mode mode) {
  private static final Pattern FORM =
      Pattern.compile("([A-G])([#b]?)\\s*([A-Za-z]*)(?:\\s+(?:clef|octave|transpose|exp).*)?");
  private static final String LETTERS = "CDEFGAB";

  /** Semitones of the letters above C. */
  private static final int[] SEMITONES = {0, 2, 4, 5, 7, 9, 11};

  /** Sharps in the major key of each letter, flats negative. */
  private static final int[] SHARPS = {0, 2, 4, -1, 1, 3, 5};

  /** Letters in the order in which sharps are added. */
  private static final int[] SHARP_ORDER = {3, 0, 4, 1, 5, 2, 6};

  /** How many sharps or flats the name of a key may need. */
  private static final int MOST_SHARPS = 6;

  /** The modes of the major scale, with the sharps that each has fewer than major. */
  public enum Mode {
    /** Ionian. */
    MAJOR("", 0),
    /** Aeolian. */
    MINOR("m", 3),
    /** Dorian. */
    DORIAN("dor", 2),
    /** Mixolydian. */
    MIXOLYDIAN("mix", 1),
    /** Phrygian. */
    PHRYGIAN("phr", 4),
    /** Lydian. */
    LYDIAN("lyd", -1),
    /** Locrian. */
    LOCRIAN("loc", 5);

    private final String suffix;
    private final int fewerSharps;

    Mode(String suffix, int fewerSharps) {
      this.suffix = suffix;
      this.fewerSharps = fewerSharps;
    }

    private static Mode parse(String name, String key) {
      String start = name.toLowerCase(Locale.ROOT);
      start = start.substring(0, Math.min(3, start.length()));
      return switch (start) {
        case "", "maj", "ion" -> MAJOR;
        case "m", "min", "aeo" -> MINOR;
        case "dor" -> DORIAN;
        case "mix" -> MIXOLYDIAN;
        case "phr" -> PHRYGIAN;
        case "lyd" -> LYDIAN;
        case "loc" -> LOCRIAN;
        default -> throw new AbcException("K:" + key + ": '" + name + "' is no mode");
      };
    }
  }

  /**
   * Reads a key: {@code G}, {@code F#m}, {@code Ador}, {@code Bb}.
   *
   * @throws AbcException if it is none
   */
  public static Key parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new AbcException("K:" + text + ": expected a key such as G, F#m or Ador");
    }
    int alteration =
        switch (form.group(2)) {
          case "#" -> 1;
          case "b" -> -1;
          default -> 0;
        };
    Mode mode = Mode.parse(form.group(3), text);
    Key key = new Key(LETTERS.indexOf(form.group(1)), alteration, mode);
    if (Math.abs(key.sharps()) > 7) {
      throw new AbcException("K:" + text + ": no signature has more than seven sharps or flats");
    }
    return key;
  }

  /** Sharps of the signature; flats count negative. */
  private int sharps() {
    return SHARPS[letter] + 7 * alteration - mode.fewerSharps;
  }

  /** What the signature does to a letter: -1, 0 or 1 semitones. */
  int signature(int ofLetter) {
    int sharps = sharps();
    for (int i = 0; i < Math.abs(sharps); i++) {
      int at = sharps > 0 ? SHARP_ORDER[i] : SHARP_ORDER[6 - i];
      if (at == ofLetter) {
        return Integer.signum(sharps);
      }
    }
    return 0;
  }

  /** The tonic's semitones above C, 0 to 11. */
  int tonic() {
    return Math.floorMod(SEMITONES[letter] + alteration, 12);
  }

  /** Semitones of a letter above C, without accidentals. */
  static int semitones(int letter) {
    return SEMITONES[letter];
  }

  /**
   * The key of the same mode some semitones higher, by the name that needs fewest accidentals.
   *
   * @param semitones may be negative
   */
  public Key transposed(int semitones) {
    int tonic = Math.floorMod(tonic() + semitones, 12);
    Key best = this;
    int least = Integer.MAX_VALUE;
    for (int of = 0; of < 7; of++) {
      for (int altered = -1; altered <= 1; altered++) {
        Key key = new Key(of, altered, mode);
        int needed = Math.abs(key.sharps());
        if (key.tonic() == tonic && needed <= MOST_SHARPS && needed < least) {
          best = key;
          least = needed;
        }
      }
    }
    return best;
  }

  @Override
  public String toString() {
    String sign = alteration == 0 ? "" : alteration > 0 ? "#" : "b";
    return LETTERS.charAt(letter) + sign + mode.suffix;
  }
}
