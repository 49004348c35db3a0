package org.tapeloop.backend.vector;

import java.util.Arrays;
import org.tapeloop.autograd.spi.UnaryKernel;

/** The loop of each {@link UnaryKernel}; errors are those of {@link FloatMath}. */
final class FloatUnaryLoops {
  private FloatUnaryLoops() {}

  private static final FloatLoop[] LOOPS =
      Arrays.stream(UnaryKernel.values())
          .map(FloatUnaryLoops::code)
          .map(FloatLoop::unary)
          .toArray(FloatLoop[]::new);

  /** The loop of a kernel. */
  @SuppressWarnings("EnumOrdinal") // LOOPS is made of values(), in this order
  static FloatLoop of(UnaryKernel kernel) {
    return LOOPS[kernel.ordinal()];
  }

  private static FloatLoop.Unary code(UnaryKernel kernel) {
    return switch (kernel) {
      case NEGATE -> FloatLoops::negate;
      case ABS -> FloatLoops::abs;
      case SIGN -> FloatLoops::sign;
      case SQRT -> FloatLoops::sqrt;
      case RSQRT -> FloatLoops::rsqrt;
      case RECIPROCAL -> FloatLoops::reciprocal;
      case SQUARE -> FloatLoops::square;
      case EXP -> FloatLoops::exp;
      case EXPM1 -> FloatLoops::expm1;
      case LOG -> FloatLoops::log;
      case LOG1P -> FloatLoops::log1p;
      case SIN -> FloatTrigonometry::sin;
      case COS -> FloatTrigonometry::cos;
      case ERF -> FloatPasses.ERF;
      case TANH -> FloatLoops::tanh;
      case SIGMOID -> FloatLoops::sigmoid;
      case RELU -> FloatLoops::relu;
      case SOFTPLUS -> FloatPasses.SOFTPLUS;
    };
  }
}
