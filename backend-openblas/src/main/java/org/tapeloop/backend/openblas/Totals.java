package org.tapeloop.backend.openblas;

import java.util.Arrays;
import org.tapeloop.autograd.spi.ReduceKernel;

/**
 * Running totals side by side, which give what they have to compensated sums before rounding can
 * build up.
 */
final class Totals {
  /** The most terms that one running total takes. */
  static final int BLOCK = 32;

  private final ReduceKernel kernel;
  private final double[] running;
  private final double[] sums;
  private final double[] lost;
  private int terms;

  Totals(ReduceKernel kernel, int count) {
    this.kernel = kernel;
    this.running = new double[count];
    this.sums = new double[count];
    this.lost = new double[count];
    reset();
  }

  /** Begins anew. */
  void reset() {
    terms = 0;
    Arrays.fill(running, kernel.identity());
    Arrays.fill(sums, kernel.identity());
    Arrays.fill(lost, 0);
  }

  /** The running totals, ready for one more term each. */
  double[] next() {
    if (terms == BLOCK) {
      flush();
    }
    terms++;
    return running;
  }

  private void flush() {
    for (int j = 0; j < running.length; j++) {
      add(j, running[j]);
    }
    Arrays.fill(running, kernel.identity());
    terms = 0;
  }

  /** Adds with the rounding error kept aside (Neumaier 1974); other kernels have none to keep. */
  private void add(int j, double term) {
    if (kernel != ReduceKernel.SUM) {
      sums[j] = kernel.combine(sums[j], term);
      return;
    }
    double sum = sums[j] + term;
    boolean larger = Math.abs(sums[j]) >= Math.abs(term);
    lost[j] += larger ? (sums[j] - sum) + term : (term - sum) + sums[j];
    sums[j] = sum;
  }

  /** One of the totals. */
  double of(int j) {
    add(j, running[j]);
    running[j] = kernel.identity();
    // Beside an infinity the error kept aside is NaN and means nothing.
    return Double.isFinite(lost[j]) ? sums[j] + lost[j] : sums[j];
  }

  /** All totals in one. */
  double joined() {
    for (int j = 1; j < running.length; j++) {
      add(0, of(j));
    }
    return of(0);
  }
}
