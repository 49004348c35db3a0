package org.tapeloop.benchmarks.peers;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;

/**
 * A cell at a size in both libraries, in rounds: each a process of one library and then one of the
 * other.
 */
record Comparison(BenchmarkCell cell, String size, int threads, List<Round> rounds) {

  /** Two processes, one right after the other. */
  record Round(Measurement tapeloop, Measurement libtorch) {

    Measurement of(Library library) {
      return switch (library) {
        case TAPELOOP -> tapeloop;
        case LIBTORCH -> libtorch;
      };
    }

    /** How many times longer libtorch takes. */
    double ratio() {
      return libtorch.milliseconds() / tapeloop.milliseconds();
    }
  }

  Comparison {
    if (rounds.isEmpty()) {
      throw new IllegalArgumentException("no rounds of " + cell + " " + size);
    }
    rounds = List.copyOf(rounds);
  }

  /** Milliseconds a training step, the median of the rounds. */
  double milliseconds(Library library) {
    return median(round -> round.of(library).milliseconds());
  }

  /** The share of the peak measured in the same processes, the median of the rounds. */
  double fractionOfPeak(Library library) {
    double flops = cell.flops(LayerSize.parse(size));
    return median(round -> round.of(library).fractionOfPeak(flops));
  }

  /** How many times longer libtorch takes: the median of the rounds' ratios. */
  double ratio() {
    return median(Round::ratio);
  }

  double leastRatio() {
    return rounds.stream().mapToDouble(Round::ratio).min().orElseThrow();
  }

  double greatestRatio() {
    return rounds.stream().mapToDouble(Round::ratio).max().orElseThrow();
  }

  /** GFLOP/s of fused multiply-adds, the median of the processes. */
  double peak() {
    return median(round -> Medians.of(round.tapeloop().peak(), round.libtorch().peak()));
  }

  private double median(ToDoubleFunction<Round> value) {
    return Medians.of(rounds.stream().mapToDouble(value).toArray());
  }
}
