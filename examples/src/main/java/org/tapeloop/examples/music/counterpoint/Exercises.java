package org.tapeloop.examples.music.counterpoint;

import java.util.List;
import java.util.stream.IntStream;
import org.tapeloop.examples.music.PianoRoll;
import org.tapeloop.examples.music.Timing;

/**
 * Species counterpoint to learn from: pieces of 8 to 13 bars in two, three and four voices, in five
 * modes, that obey the rules of {@link HarmonyRules}, {@link MotionRules} and {@link MelodyRules}.
 */
public final class Exercises {
  /** A frame is a quarter note. */
  public static final Timing TIMING = new Timing(1, Species.BAR, 126);

  private Exercises() {}

  /**
   * Pieces composed by chance, always the same for the same seed.
   *
   * @param count how many
   */
  public static List<PianoRoll> compose(int count, long seed) {
    return IntStream.range(0, count)
        .parallel()
        .mapToObj(i -> new Composer(seed, i).compose().roll("exercise " + (i + 1)))
        .toList();
  }
}
