package org.tapeloop.examples.tasks;

import java.util.List;

/** The problems by their names. */
final class Tasks {
  /** The shortest sequences that leave every problem something to ask. */
  static final int SHORTEST = 10;

  private static final int NOISE_STEPS = 200;
  private static final int CHAOS_STEPS = 200;
  private static final int DEEPEST = 5;

  private Tasks() {}

  /**
   * All of them.
   *
   * @param length how far those reach that can be made longer: the steps of adding, parity and
   *     dyck-2, the delays of copy and echo
   */
  static List<Task> all(int length) {
    return List.of(
        new Adding(length),
        new CopyMemory(length),
        new Parity(length),
        new ReberGrammar(false),
        new ReberGrammar(true),
        new Dyck(length, DEEPEST),
        new DelayedEcho(length, 2 * length),
        new MackeyGlass(length, CHAOS_STEPS),
        new Narma(NOISE_STEPS));
  }
}
