package org.tapeloop.benchmarks.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Compares the results of the libraries, then measures them in turns. */
final class Rounds {
  private final ForkedJvm forks;
  private final int count;
  private final ForkedJvm.Notices notices;

  Rounds(ForkedJvm forks, int count, ForkedJvm.Notices notices) {
    this.forks = forks;
    this.count = count;
    this.notices = notices;
  }

  /**
   * Measures a task in all libraries of its workload.
   *
   * @throws IllegalStateException if one computes something else, or fails
   */
  Comparison compare(Task task) throws IOException, InterruptedException {
    check(task);
    List<Comparison.Round> measured = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      Comparison.Round round = round(task);
      measured.add(round);
      notices.say(
          "%s: round %d of %d, %s".formatted(task.title(), i, count, describe(task, round)));
    }
    return new Comparison(task.cell(), task.size(), task.threads(), measured);
  }

  private void check(Task task) throws IOException, InterruptedException {
    List<Double> errors = forks.run(Fork.CHECK, task);
    List<String> parts = new ArrayList<>();
    for (Library library : task.workload().libraries()) {
      parts.add("%s %.1e".formatted(library.title(), errors.get(parts.size())));
    }
    notices.say(
        "%s: same numbers; the largest errors, of an array's largest: %s"
            .formatted(task.title(), String.join(", ", parts)));
  }

  private Comparison.Round round(Task task) throws IOException, InterruptedException {
    Map<Library, Measurement> measurements = new EnumMap<>(Library.class);
    for (Library library : task.workload().libraries()) {
      List<Double> numbers = forks.run(library.name(), task);
      measurements.put(library, new Measurement(numbers.get(0), numbers.get(1)));
    }
    return new Comparison.Round(measurements);
  }

  private static String describe(Task task, Comparison.Round round) {
    String ours = "%.3g ms".formatted(round.of(Library.TAPELOOP).milliseconds());
    return task.workload().peers().stream()
        .map(
            peer ->
                "%s %.3g ms, ratio %.2f"
                    .formatted(peer.title(), round.of(peer).milliseconds(), round.ratio(peer)))
        .collect(Collectors.joining("; ", ours + "; ", ""));
  }
}
