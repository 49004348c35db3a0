package org.tapeloop.benchmarks.peers;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;

/**
 * A cell at a size in this project and its peers, in rounds: each a process of every library, one
 * after the other.
 */
record Comparison(BenchmarkCell cell, String size, int threads, List<Round> rounds) {

  /** Processes one right after the other. */
  record Round(Map<Library, Measurement> measurements) {

    Round {
      measurements = Map.copyOf(measurements);
    }

    Measurement of(Library library) {
      Measurement measurement = measurements.get(library);
      if (measurement == null) {
        throw new IllegalArgumentException("not measured: " + library);
      }
      return measurement;
    }

    /** How many times longer a peer takes. */
    double ratio(Library peer) {
      return of(peer).milliseconds() / of(Library.TAPELOOP).milliseconds();
    }

    /** GFLOP/s, the median of the processes. */
    double peak() {
      return Medians.of(measurements.values().stream().mapToDouble(Measurement::peak).toArray());
    }
  }

  Comparison {
    if (rounds.isEmpty()) {
      throw new IllegalArgumentException("no rounds of " + cell + " " + size);
    }
    rounds = List.copyOf(rounds);
  }

  /** Milliseconds, the median of the rounds. */
  double milliseconds(Library library) {
    return median(round -> round.of(library).milliseconds());
  }

  /** The share of the peak that training steps reach, the median of the rounds. */
  double fractionOfPeak(Library library) {
    double flops = cell.flops(LayerSize.parse(size));
    return median(round -> round.of(library).fractionOfPeak(flops));
  }

  /** How many times longer a peer takes: the median of the rounds' ratios. */
  double ratio(Library peer) {
    return median(round -> round.ratio(peer));
  }

  double leastRatio(Library peer) {
    return rounds.stream().mapToDouble(round -> round.ratio(peer)).min().orElseThrow();
  }

  double greatestRatio(Library peer) {
    return rounds.stream().mapToDouble(round -> round.ratio(peer)).max().orElseThrow();
  }

  /** GFLOP/s of fused multiply-adds, the median of the processes. */
  double peak() {
    return median(Round::peak);
  }

  private double median(ToDoubleFunction<Round> value) {
    return Medians.of(rounds.stream().mapToDouble(value).toArray());
  }
}
