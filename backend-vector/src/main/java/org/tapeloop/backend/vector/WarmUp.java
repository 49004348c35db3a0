package org.tapeloop.backend.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls kernels that are one loop over vectors each until C2 has compiled them.
 *
 * <p>Before, each vector is an object, and a step takes microseconds. The JIT compiler counts calls
 * and rounds of loops, whatever they do. So most calls only count their steps, in an empty loop,
 * which C2 drops: the fewer vectors are made as objects, the fewer of the methods that handle them
 * are compiled as well, which come first and serve nobody afterwards.
 */
final class WarmUp {
  /** A kernel with operands of no importance. */
  @FunctionalInterface
  interface Kernel {
    /**
     * Calls it.
     *
     * @param steps how many it is to do; below 0 to count so many and do nothing
     */
    void call(int steps);
  }

  /**
   * Steps of a call. With fewer, calls do not count as loops; with more, the JIT compiler compiles
   * the loop from within first, which takes longer and serves nobody afterwards.
   */
  static final int STEPS = 24;

  /**
   * Of so many calls one does its steps. With fewer that do, C2 would take a step for rare, and not
   * keep all accumulators in registers.
   */
  private static final int SHARE = 8;

  /** Calls that have a method of loops compiled for the first time, with counters. */
  private static final int FIRST = 140;

  /**
   * Calls after which the JIT compiler looks at the loops' counter, which it does every 8,192
   * steps.
   */
  private static final int BURST = 350;

  /**
   * Milliseconds that calls pause then, but for one in each to see whether the kernel is compiled:
   * the longer the JIT compiler's queue, the more calls a method needs before it is compiled.
   */
  private static final int PAUSE = 10;

  /** A compiled call takes a tenth of it, an interpreted one ten times as long. */
  private static final long COMPILED_NANOS = 4000;

  /** How long to wait for the JIT compiler, which may be switched off. */
  private static final long PATIENCE_NANOS = 500_000_000;

  private WarmUp() {}

  /**
   * Calls kernels until all of them are compiled: while one is, the others are counted.
   *
   * @return whether they are; not if the JIT compiler has no time for them
   */
  static boolean run(List<Kernel> kernels) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    List<Kernel> cold = new ArrayList<>(kernels);
    for (Kernel kernel : cold) {
      for (int i = 0; i < FIRST; i++) {
        kernel.call(-STEPS);
      }
    }
    pause(PAUSE);
    while (!cold.isEmpty() && System.nanoTime() < end) {
      for (Kernel kernel : cold) {
        for (int i = 0; i < BURST; i++) {
          kernel.call(i % SHARE == 0 ? STEPS : -STEPS);
        }
      }
      for (int i = 0; i < PAUSE && !cold.isEmpty(); i++) {
        pause(1);
        cold.removeIf(WarmUp::isCompiled);
      }
    }
    return cold.isEmpty();
  }

  private static boolean isCompiled(Kernel kernel) {
    long start = System.nanoTime();
    kernel.call(STEPS);
    return System.nanoTime() - start < COMPILED_NANOS;
  }

  private static void pause(int milliseconds) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(milliseconds));
  }
}
