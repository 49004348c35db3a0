package org.tapeloop.examples.tasks;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.experiment.Console;

/**
 * The trials of a comparison: each cell on each task, from each seed.
 *
 * @param settings of each trial
 * @param firstSeed the others follow it
 * @param seeds how many there are
 */
record Trials(
    List<Task> tasks, List<CellKind<?>> cells, Trial.Settings settings, long firstSeed, int seeds) {

  /**
   * Runs those that are missing in the outcomes, and adds them.
   *
   * @param stop asked after each step
   * @return whether all are there; false if stopped
   */
  boolean run(Outcomes outcomes, Console console, BooleanSupplier stop) {
    long before = 0;
    try (Console.Bar bar = console.bar(0, steps())) {
      for (Task task : tasks) {
        for (CellKind<?> cell : cells) {
          for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            Trial.Name name = new Trial.Name(task.name(), cell.toString(), seed);
            if (!outcomes.has(name)) {
              Trial.Follower follower = follower(name, before, bar, stop);
              Optional<List<Trial.Look>> looks = Trial.run(task, cell, settings, seed, follower);
              if (looks.isEmpty()) {
                return false;
              }
              outcomes.add(name, looks.get());
              console.println(line(name, looks.get().getLast()));
            }
            before += settings.steps();
          }
        }
      }
    }
    return true;
  }

  private long steps() {
    return (long) tasks.size() * cells.size() * seeds * settings.steps();
  }

  private Trial.Follower follower(
      Trial.Name name, long before, Console.Bar bar, BooleanSupplier stop) {
    return (step, loss) -> {
      bar.show(before + step, steps(), name + figure(loss));
      return !stop.getAsBoolean();
    };
  }

  private static String figure(OptionalDouble loss) {
    return loss.isEmpty() ? "" : String.format(Locale.ROOT, ": loss %.4g", loss.getAsDouble());
  }

  private static String line(Trial.Name name, Trial.Look last) {
    return String.format(Locale.ROOT, "%-36s loss %.4g", name, last.loss());
  }
}
