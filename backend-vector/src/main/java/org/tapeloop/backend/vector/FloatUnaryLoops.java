package org.tapeloop.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * One loop for each {@link UnaryKernel}, over whole vectors: n is a multiple of the lanes.
 *
 * <p>Each is a method of its own, compiled by itself (see {@link FloatLoop}). The cheap ones are
 * bound by memory, the others by the multiply-add units and the divider; errors are those of {@link
 * FloatMath}.
 */
final class FloatUnaryLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

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
      case NEGATE -> FloatUnaryLoops::negate;
      case ABS -> FloatUnaryLoops::abs;
      case SIGN -> FloatUnaryLoops::sign;
      case SQRT -> FloatUnaryLoops::sqrt;
      case RSQRT -> FloatUnaryLoops::rsqrt;
      case RECIPROCAL -> FloatUnaryLoops::reciprocal;
      case SQUARE -> FloatUnaryLoops::square;
      case EXP -> FloatUnaryLoops::exp;
      case EXPM1 -> FloatUnaryLoops::expm1;
      case LOG -> FloatUnaryLoops::log;
      case LOG1P -> FloatUnaryLoops::log1p;
      case SIN -> FloatTrigonometry::sin;
      case COS -> FloatTrigonometry::cos;
      case ERF -> FloatPasses::erf;
      case TANH -> FloatPasses::tanh;
      case SIGMOID -> FloatUnaryLoops::sigmoid;
      case RELU -> FloatUnaryLoops::relu;
      case SOFTPLUS -> FloatPasses::softplus;
    };
  }

  private static void negate(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      v.neg().intoArray(out, oo + i);
    }
  }

  private static void abs(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      v.abs().intoArray(out, oo + i);
    }
  }

  private static void sign(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      v.blend(1, v.compare(VectorOperators.GT, 0))
          .blend(-1, v.compare(VectorOperators.LT, 0))
          .intoArray(out, oo + i);
    }
  }

  private static void sqrt(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      v.sqrt().intoArray(out, oo + i);
    }
  }

  private static void rsqrt(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatVector.broadcast(SPECIES, 1).div(v.sqrt()).intoArray(out, oo + i);
    }
  }

  private static void reciprocal(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatVector.broadcast(SPECIES, 1).div(v).intoArray(out, oo + i);
    }
  }

  private static void square(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      v.mul(v).intoArray(out, oo + i);
    }
  }

  private static void exp(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatMath.exp(v).intoArray(out, oo + i);
    }
  }

  private static void expm1(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatMath.expm1(v).intoArray(out, oo + i);
    }
  }

  private static void log(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatMath.log(v).intoArray(out, oo + i);
    }
  }

  private static void log1p(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatMath.log1p(v).intoArray(out, oo + i);
    }
  }

  private static void sigmoid(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatMath.sigmoid(v).intoArray(out, oo + i);
    }
  }

  private static void relu(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      v.max(0).intoArray(out, oo + i);
    }
  }
}
