package org.tapeloop.examples.tasks;

import java.util.List;
import java.util.Locale;

/** Outcomes as a table: a row for each task, a column for each cell. */
final class Comparison {
  private final List<Task> tasks;
  private final List<String> cells;
  private final Outcomes outcomes;

  Comparison(List<Task> tasks, List<String> cells, Outcomes outcomes) {
    this.tasks = tasks;
    this.cells = cells;
    this.outcomes = outcomes;
  }

  /** In Markdown. */
  String markdown() {
    StringBuilder text = new StringBuilder("| task | loss | blind |");
    cells.forEach(cell -> text.append(' ').append(cell).append(" |"));
    text.append("\n| --- | --- | --- |").append(" --- |".repeat(cells.size())).append('\n');
    for (Task task : tasks) {
      text.append("| %s | %s | %s |".formatted(task.name(), task.measure(), figure(task.blind())));
      cells.forEach(cell -> text.append(' ').append(entry(task, cell)).append(" |"));
      text.append('\n');
    }
    return text.toString();
  }

  /** Mean and standard deviation of the last losses, and how many answers are wrong. */
  private String entry(Task task, String cell) {
    List<Trial.Look> last = outcomes.of(task.name(), cell).stream().map(List::getLast).toList();
    if (last.isEmpty()) {
      return "-";
    }
    double[] losses = last.stream().mapToDouble(Trial.Look::loss).toArray();
    double mean = mean(losses);
    String text = figure(mean);
    if (losses.length > 1) {
      double squares = 0;
      for (double loss : losses) {
        squares += (loss - mean) * (loss - mean);
      }
      text += " ± " + figure(Math.sqrt(squares / (losses.length - 1)));
    }
    double wrong = mean(last.stream().mapToDouble(Trial.Look::wrong).toArray());
    return Double.isNaN(wrong) ? text : text + ", %s %% wrong".formatted(figure(100 * wrong));
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static String figure(double value) {
    if (value == 0) {
      return "0";
    }
    double size = Math.abs(value);
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 0.001 ? "%.3g" : "%.1e", value);
  }
}
