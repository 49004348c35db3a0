package org.tapeloop.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tapeloop.benchmarks.FmaPeak;

/**
 * The main class of the forked JVMs. Arguments: what to do, {@code check} or a library's name; the
 * file that receives the numbers; the task.
 */
final class Fork {
  /** Compares the libraries' results with those in 64 bits; writes the error of each library. */
  static final String CHECK = "check";

  private Fork() {}

  public static void main(String[] arguments) throws IOException {
    String action = arguments[0];
    Path file = Path.of(arguments[1]);
    Task task = Task.parse(Arrays.asList(arguments).subList(2, arguments.length));
    List<Double> numbers =
        action.equals(CHECK) ? check(task) : measure(Library.named(action), task);
    Files.write(file, numbers.stream().map(String::valueOf).toList());
  }

  private static List<Double> check(Task task) {
    Map<String, float[]> precise = task.workload().precise(task).results();
    List<Double> errors = new ArrayList<>();
    for (Library library : task.workload().libraries()) {
      Map<String, float[]> results = task.workload().create(library, task).results();
      double tolerance = Agreement.tolerance(task.cell());
      errors.add(Agreement.check(library.title(), precise, results, tolerance));
    }
    return errors;
  }

  /** Milliseconds a step, and the machine's GFLOP/s in the same process. */
  private static List<Double> measure(Library library, Task task) {
    Job job = task.workload().create(library, task);
    double milliseconds = Timing.median(job::step, task.warmup(), task.measurement());
    return List.of(milliseconds, FmaPeak.measure(task.threads()));
  }
}
