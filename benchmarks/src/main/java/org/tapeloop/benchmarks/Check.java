package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.RowWalk;

/** Compares results with those of the reference backend, before anything is timed. */
final class Check {
  private Check() {}

  /**
   * @throws IllegalStateException if an element differs by more than the tolerance times the
   *     largest expected one, or either is NaN
   */
  static void close(String what, Tensor expected, Tensor actual, double tolerance) {
    double largest = expected.abs().max().item();
    double error = expected.sub(actual).abs().max().item();
    if (!(error <= tolerance * largest)) {
      throw new IllegalStateException(
          "%s of shape %s is off by %.1e of its largest element; tolerance %.1e"
              .formatted(what, actual.shape(), error / largest, tolerance));
    }
  }

  /**
   * Compares all gradients of a layer that is run on some backend in some way with those that the
   * reference backend gives step after step.
   *
   * @param eager a layer in mode {@code EAGER}
   * @param timed the same in the mode that is timed
   * @throws IllegalStateException if a gradient differs by more than 3e-5 of its largest element
   */
  static void gradients(String what, TrainStep<?> eager, TrainStep<?> timed, Backend backend) {
    List<Tensor> expected = gradients(Backends.named("reference", 1), eager);
    List<Tensor> actual = gradients(backend, timed);
    for (int i = 0; i < expected.size(); i++) {
      close(what + " gradient " + i, expected.get(i), actual.get(i), 3e-5);
    }
  }

  private static List<Tensor> gradients(Backend backend, TrainStep<?> step) {
    return new ArrayList<>(Backends.use(backend, step::gradients).values());
  }

  /**
   * @throws IllegalStateException if an element is further from the expected than the tolerance, or
   *     either is NaN
   */
  static void close(String what, ArrayView expected, ArrayView actual, double tolerance) {
    RowWalk walk = RowWalk.over(expected.layout(), actual.layout());
    for (int row = 0; row < walk.rows(); row++) {
      walk.seek(row);
      for (int i = 0; i < walk.rowLength(); i++) {
        double wanted = expected.get(walk.start(0) + i * walk.step(0));
        double got = actual.get(walk.start(1) + i * walk.step(1));
        if (!(Math.abs(wanted - got) <= tolerance)) {
          throw new IllegalStateException(
              "%s: %s where the reference has %s, in row %d at %d; tolerance %.1e"
                  .formatted(what, got, wanted, row, i, tolerance));
        }
      }
    }
  }
}
