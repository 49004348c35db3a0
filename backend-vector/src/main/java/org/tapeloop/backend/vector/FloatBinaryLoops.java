package org.tapeloop.backend.vector;

import java.util.Arrays;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * The loop of each {@link BinaryKernel}.
 *
 * <p>Results are exact or correctly rounded, with these exceptions: power, see {@link FloatPower};
 * the gradients of tanh and sigmoid, 1.5 units in the last place.
 */
final class FloatBinaryLoops {
  private FloatBinaryLoops() {}

  private static final FloatLoop[] LOOPS =
      Arrays.stream(BinaryKernel.values())
          .map(FloatBinaryLoops::code)
          .map(FloatLoop::binary)
          .toArray(FloatLoop[]::new);

  /** The loop of a kernel. */
  @SuppressWarnings("EnumOrdinal") // LOOPS is made of values(), in this order
  static FloatLoop of(BinaryKernel kernel) {
    return LOOPS[kernel.ordinal()];
  }

  private static FloatLoop.Binary code(BinaryKernel kernel) {
    return switch (kernel) {
      case ADD -> FloatLoops::add;
      case SUB -> FloatLoops::sub;
      case MUL -> FloatLoops::mul;
      case DIV -> FloatLoops::div;
      case POW -> FloatPower::pow;
      case MAXIMUM -> FloatLoops::maximum;
      case MINIMUM -> FloatLoops::minimum;
      case EQUAL -> FloatLoops::equal;
      case NOT_EQUAL -> FloatLoops::notEqual;
      case LESS -> FloatLoops::less;
      case LESS_EQUAL -> FloatLoops::lessEqual;
      case TANH_GRADIENT -> FloatLoops::tanhGradient;
      case SIGMOID_GRADIENT -> FloatLoops::sigmoidGradient;
    };
  }
}
