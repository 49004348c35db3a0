package org.tapeloop.examples.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * One row of a run's metrics.
 *
 * @param step steps taken
 * @param seconds of training
 * @param learningRate of the last step
 * @param trainLoss mean over the units since the row before
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

  /** The same row with another validation. */
  MetricsRow validated(double loss) {
    return new MetricsRow(
        step,
        seconds,
        learningRate,
        trainLoss,
        OptionalDouble.of(loss),
        gradientNorm,
        unitsPerSecond);
  }

  /** The row as comma-separated values; exact, so that {@link #parse} gives an equal row. */
  String toCsv() {
    return String.join(",", cells());
  }

  private List<String> cells() {
    return List.of(
        Long.toString(step),
        String.format(Locale.ROOT, "%.3f", seconds),
        Double.toString(learningRate),
        Double.toString(trainLoss),
        validationLoss.isPresent() ? Double.toString(validationLoss.getAsDouble()) : "",
        Double.toString(gradientNorm),
        String.format(Locale.ROOT, "%.1f", unitsPerSecond));
  }

  /** The row as a JSON object on one line; what is missing, or no number, is null. */
  String toJson() {
    List<String> cells = cells();
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; i < COLUMNS.size(); i++) {
      String cell = cells.get(i);
      boolean number = !cell.isEmpty() && Double.isFinite(Double.parseDouble(cell));
      json.append(i == 0 ? "" : ", ")
          .append('"')
          .append(COLUMNS.get(i))
          .append("\": ")
          .append(number ? cell : "null");
    }
    return json.append('}').toString();
  }

  /** The values by the tags under which TensorBoard shows them. */
  Map<String, Double> scalars(Metric metric) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss/training", trainLoss);
    values.put(metric.name() + "/training", metric.of(trainLoss));
    validationLoss.ifPresent(
        loss -> {
          values.put("loss/validation", loss);
          values.put(metric.name() + "/validation", metric.of(loss));
        });
    values.put("optimiser/learning rate", learningRate);
    values.put("optimiser/gradient norm", gradientNorm);
    values.put("speed/%s per second".formatted(metric.unit()), unitsPerSecond);
    return values;
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
