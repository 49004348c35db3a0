package org.tapeloop.examples.experiment;

import java.util.List;
import java.util.OptionalDouble;

/**
 * One row of a run's metrics.
 *
 * @param step steps taken
 * @param seconds of training
 * @param learningRate of the last step
 * @param trainLoss mean over the steps since the row before, in nats
 * @param validationLoss where the model was validated here
 * @param gradientNorm of the last step
 * @param unitsPerSecond since the row before
 */
public record MetricsRow(
    long step,
    double seconds,
    double learningRate,
    double trainLoss,
    OptionalDouble validationLoss,
    double gradientNorm,
    double unitsPerSecond) {
  private static final List<String> COLUMNS =
      List.of(
          "step",
          "seconds",
          "learning_rate",
          "train_loss",
          "validation_loss",
          "gradient_norm",
          "units_per_second");

  /** The names of the columns. */
  static String header() {
    return String.join(",", COLUMNS);
  }

  /** The row as comma-separated values; exact, so that {@link #parse} gives an equal row. */
  String toCsv() {
    return String.join(
        ",",
        Long.toString(step),
        "%.3f".formatted(seconds),
        Double.toString(learningRate),
        Double.toString(trainLoss),
        validationLoss.isPresent() ? Double.toString(validationLoss.getAsDouble()) : "",
        Double.toString(gradientNorm),
        "%.1f".formatted(unitsPerSecond));
  }

  /**
   * The row of a line.
   *
   * @throws IllegalArgumentException if the line is no such row
   */
  static MetricsRow parse(String line) {
    String[] cells = line.split(",", -1);
    if (cells.length != COLUMNS.size()) {
      throw new IllegalArgumentException(
          "%d columns, not %d".formatted(cells.length, COLUMNS.size()));
    }
    return new MetricsRow(
        Long.parseLong(cells[0]),
        Double.parseDouble(cells[1]),
        Double.parseDouble(cells[2]),
        Double.parseDouble(cells[3]),
        cells[4].isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(Double.parseDouble(cells[4])),
        Double.parseDouble(cells[5]),
        Double.parseDouble(cells[6]));
  }
}
