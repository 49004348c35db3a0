package org.tapeloop.benchmarks.peers;

/**
 * What one forked JVM measured.
 *
 * @param milliseconds a step of the job, the median
 * @param peak of fused multiply-adds, GFLOP/s, in the same process
 */
record Measurement(double milliseconds, double peak) {

  /** The share of the peak that steps of so many operations reach. */
  double fractionOfPeak(double flops) {
    return flops / (milliseconds * 1e6) / peak;
  }
}
