package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.tapeloop.autograd.spi.Backend;

/**
 * What the clauses of every group share: the backend under test and the checks of one kernel call.
 */
@DisplayNameGeneration(ClauseNames.class)
abstract class ClauseGroup {
  /** Around 2, 4, 8 and 16 lanes, their unrolled loops, and tails of every kind. */
  static final int[] LENGTHS = {
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 127, 129, 255, 1021
  };

  static final int MOST_THREADS = 4;

  private final IntFunction<Backend> factory;

  ClauseGroup(IntFunction<Backend> factory) {
    this.factory = factory;
  }

  Backend backend(int threads) {
    return factory.apply(threads);
  }

  /** Checks the values of one call for both element types, dense operands and output. */
  void verify(KernelCase kernel) {
    verify(kernel, Arrangement.DENSE, Arrangement.DENSE);
  }

  /** Checks the values of one call for both element types. */
  void verify(KernelCase kernel, Arrangement operands, Arrangement out) {
    Backend backend = backend(2);
    for (Precision precision : Precision.values()) {
      check(kernel, precision, operands, out, prepared -> prepared.errorOf(backend));
    }
  }

  /** A look at one call: a description of what is wrong, or null. */
  interface Check {
    @Nullable String errorOf(KernelCase.Prepared prepared);
  }

  /**
   * Prepares a call, lets it be looked at, and fails with its full name if something is wrong or
   * throws.
   */
  static void check(
      KernelCase kernel, Precision precision, Arrangement operands, Arrangement out, Check check) {
    String name = "%s %s, %s to %s".formatted(kernel.name(), precision, operands, out);
    String error;
    try {
      error = check.errorOf(kernel.prepare(precision, operands, out));
    } catch (RuntimeException e) {
      fail(name + ": threw " + e, e);
      return;
    }
    if (error != null) {
      fail(name + ": " + error);
    }
  }
}
