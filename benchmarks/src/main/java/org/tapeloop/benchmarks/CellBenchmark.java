package org.tapeloop.benchmarks;

import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;
import org.tapeloop.autograd.scan.ScanMode;

/**
 * Every cell of the library, compiled. The fraction reported is of the operations of the plan's
 * products, at the peak of the multiply-add units.
 */
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 2, time = 1)
public class CellBenchmark extends TrainingBenchmark {
  /** The cell. */
  @Param public LibraryCell cell;

  /** A size by name, or {@code TxBxIxH}. */
  @Param("zsmall")
  public String size;

  @Override
  String subject() {
    return cell.name();
  }

  @Override
  ScanMode scanMode() {
    return ScanMode.COMPILED;
  }

  @Override
  int longestWarmUp() {
    return 10;
  }

  @Override
  LayerSize timed() {
    return LayerSize.parse(size);
  }

  @Override
  TrainStep<?> layer(LayerSize sizes, ScanMode mode) {
    return TrainStep.of(cell, sizes, mode);
  }
}
