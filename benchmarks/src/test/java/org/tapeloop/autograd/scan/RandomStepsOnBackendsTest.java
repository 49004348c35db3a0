package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.spi.Backend;

/**
 * Random steps compiled for the backends with kernels of their own give what the reference gives
 * step after step. The steps are those of the core's tests, which see no other backend; some are
 * wider than the widest vectors.
 */
class RandomStepsOnBackendsTest {
  private static final int STEPS = 100;

  /** A vector of 32-bit floats and some more. */
  private static final int WIDE = 20;

  @ParameterizedTest
  @ValueSource(strings = {"vector", "openblas", "openblas+vector", "vector+openblas"})
  void compiledEqualsEagerOfTheReference(String name) {
    Backend backend = Backends.named(name, 2);
    assertTrue(backend.name().startsWith(name.substring(0, 6)), backend.name());
    for (int i = 0; i < STEPS; i++) {
      RandomCase drawn = RandomCase.draw(name.hashCode() + i, i % 2 == 0 ? 5 : WIDE);
      if (drawn.failure(backend) != null) {
        RandomCase smallest = drawn.shrink(c -> c.failure(backend) != null);
        fail(smallest.failure(backend) + "\n" + smallest + "\nfound with seed " + drawn.seed());
      }
    }
  }
}
