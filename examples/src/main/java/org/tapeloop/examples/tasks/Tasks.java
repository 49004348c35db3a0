package org.tapeloop.examples.tasks;

import java.util.List;
import java.util.stream.Collectors;

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

  /**
   * Those of some names.
   *
   * @throws IllegalArgumentException if there is none of a name; the message lists all
   */
  static List<Task> named(List<String> names, int length) {
    List<Task> all = all(length);
    return names.stream()
        .map(
            name ->
                all.stream()
                    .filter(task -> task.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(unknown(name, all))))
        .toList();
  }

  private static String unknown(String name, List<Task> all) {
    return "the task '%s' is unknown; there are: %s"
        .formatted(name, all.stream().map(Task::name).collect(Collectors.joining(", ")));
  }
}
