package org.tapeloop.backend.vector;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Loops that do the work of two instructions, where what the first gives would be stored for the
 * second alone. The bits are those of the two.
 *
 * <p>Made when they are first asked for: there are many, and a program needs few.
 */
final class FloatPairLoops {
  private static final Map<Object, FloatLoop> MADE = new HashMap<>();

  private FloatPairLoops() {}

  /**
   * Says which of two functions are in a loop, and where the second has the result of the first.
   */
  private record Pair(BinaryKernel first, BinaryKernel second, boolean swapped) {}

  /**
   * The loop of {@code second(first(a, b), c)}, or if swapped of {@code second(c, first(a, b))};
   * null if there is none.
   */
  static synchronized @Nullable FloatLoop of(
      BinaryKernel first, BinaryKernel second, boolean swapped) {
    FloatLoop.Ternary code = FloatLoops.pair(first, second, swapped);
    return code == null
        ? null
        : MADE.computeIfAbsent(new Pair(first, second, swapped), pair -> FloatLoop.ternary(code));
  }

  /** The loop of a function of {@code a + b}, neither of one column; null if there is none. */
  static synchronized @Nullable FloatLoop ofSum(UnaryKernel kernel) {
    FloatLoop.Binary code =
        switch (kernel) {
          case SIGMOID -> FloatLoops::sigmoidOfSum;
          case EXP -> FloatLoops::expOfSum;
          case TANH -> FloatLoops::tanhOfSum;
          case RELU -> FloatLoops::reluOfSum;
          default -> null;
        };
    return code == null ? null : MADE.computeIfAbsent(kernel, k -> FloatLoop.binary(code));
  }
}
