package org.tapeloop.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * One loop for each {@link BinaryKernel}, over whole vectors: n is a multiple of the lanes.
 *
 * <p>All but the power are bound by memory. Results are exact or correctly rounded, with these
 * exceptions: power, see {@link FloatPower}; the gradients of tanh and sigmoid, 1.5 units in the
 * last place.
 */
final class FloatBinaryLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

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
      case ADD -> FloatBinaryLoops::add;
      case SUB -> FloatBinaryLoops::sub;
      case MUL -> FloatBinaryLoops::mul;
      case DIV -> FloatBinaryLoops::div;
      case POW -> FloatPower::pow;
      case MAXIMUM -> FloatBinaryLoops::maximum;
      case MINIMUM -> FloatBinaryLoops::minimum;
      case EQUAL -> FloatBinaryLoops::equal;
      case NOT_EQUAL -> FloatBinaryLoops::notEqual;
      case LESS -> FloatBinaryLoops::less;
      case LESS_EQUAL -> FloatBinaryLoops::lessEqual;
      case TANH_GRADIENT -> FloatBinaryLoops::tanhGradient;
      case SIGMOID_GRADIENT -> FloatBinaryLoops::sigmoidGradient;
    };
  }

  private static void add(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      u.add(v).intoArray(out, oo + i);
    }
  }

  private static void sub(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      u.sub(v).intoArray(out, oo + i);
    }
  }

  private static void mul(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      u.mul(v).intoArray(out, oo + i);
    }
  }

  private static void div(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      u.div(v).intoArray(out, oo + i);
    }
  }

  private static void maximum(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      u.max(v).intoArray(out, oo + i);
    }
  }

  private static void minimum(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      u.min(v).intoArray(out, oo + i);
    }
  }

  private static void equal(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      zero.blend(1, u.compare(VectorOperators.EQ, v)).intoArray(out, oo + i);
    }
  }

  private static void notEqual(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      zero.blend(1, u.compare(VectorOperators.NE, v)).intoArray(out, oo + i);
    }
  }

  private static void less(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      zero.blend(1, u.compare(VectorOperators.LT, v)).intoArray(out, oo + i);
    }
  }

  private static void lessEqual(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      zero.blend(1, u.compare(VectorOperators.LE, v)).intoArray(out, oo + i);
    }
  }

  private static void tanhGradient(
      float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      v.neg().fma(v, one).mul(u).intoArray(out, oo + i);
    }
  }

  private static void sigmoidGradient(
      float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    for (int i = 0; i < n; i += LANES) {
      FloatVector u = FloatVector.fromArray(SPECIES, a, ao + i);
      FloatVector v = FloatVector.fromArray(SPECIES, b, bo + i);
      v.mul(one.sub(v)).mul(u).intoArray(out, oo + i);
    }
  }
}
