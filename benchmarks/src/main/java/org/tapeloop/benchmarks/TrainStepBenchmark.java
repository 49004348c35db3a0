package org.tapeloop.benchmarks;

import java.util.Locale;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;
import org.tapeloop.autograd.scan.ScanMode;

/**
 * A few cells at several sizes, compiled and step after step. The fraction reported is of {@code 6
 * T B G H (I + H)} operations, those of the products, at the peak of the multiply-add units.
 */
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 8, time = 1)
public class TrainStepBenchmark extends TrainingBenchmark {
  /** The cell; {@code user} is defined here, {@code lstm} in the library. */
  @Param({"elman", "gru", "lstm", "lnlstm", "mgu", "user"})
  public String cell;

  /** A size by name, or {@code TxBxIxH}. */
  @Param({"stream", "char", "zsmall", "zmedium", "mid", "xl"})
  public String size;

  /** How the steps run. */
  @Param({"compiled", "eager"})
  public String mode;

  @Override
  String subject() {
    return cell;
  }

  @Override
  ScanMode scanMode() {
    return ScanMode.valueOf(mode.toUpperCase(Locale.ROOT));
  }

  @Override
  int longestWarmUp() {
    return 20;
  }

  @Override
  LayerSize timed() {
    return LayerSize.parse(size);
  }

  @Override
  TrainStep<?> layer(LayerSize sizes, ScanMode scan) {
    return TrainStep.of(BenchmarkCell.named(cell), sizes, scan);
  }
}
