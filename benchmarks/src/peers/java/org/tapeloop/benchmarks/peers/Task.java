package org.tapeloop.benchmarks.peers;

import java.util.List;
import java.util.Locale;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;

/**
 * What a forked JVM does in a library.
 *
 * @param size a name or {@code T,B,I,H}, see {@link LayerSize#parse}
 * @param threads that the library may use
 * @param warmup seconds of steps that aren't timed
 * @param measurement seconds of steps that are
 */
record Task(
    Workload workload,
    BenchmarkCell cell,
    String size,
    int threads,
    double warmup,
    double measurement) {

  LayerSize layerSize() {
    return LayerSize.parse(size);
  }

  /** {@code lstm zsmall}. */
  String title() {
    return name(cell) + " " + size;
  }

  /** Of the cell, on the command line and in tables. */
  static String name(BenchmarkCell cell) {
    return cell.name().toLowerCase(Locale.ROOT);
  }

  /** As arguments, from which {@link #parse} makes an equal task. */
  List<String> arguments() {
    return List.of(
        workload.name(),
        name(cell),
        size,
        Integer.toString(threads),
        Double.toString(warmup),
        Double.toString(measurement));
  }

  static Task parse(List<String> arguments) {
    return new Task(
        Workload.valueOf(arguments.get(0)),
        BenchmarkCell.named(arguments.get(1)),
        arguments.get(2),
        Integer.parseInt(arguments.get(3)),
        Double.parseDouble(arguments.get(4)),
        Double.parseDouble(arguments.get(5)));
  }
}
