package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.UnaryKernel;

/** The errors that {@link FloatMath} documents, and bits that do not change. */
@AtAvailableWidth
class ElementaryFunctionTest {
  private static final int COUNT = 1 << 16;

  @ParameterizedTest
  @CsvSource({
    "EXP, 1.1",
    "EXPM1, 1.7",
    "LOG, 0.9",
    "LOG1P, 1.5",
    "SIN, 1.5",
    "COS, 1.5",
    "TANH, 2.5",
    "SIGMOID, 2.4",
    "SOFTPLUS, 2.0",
    "ERF, 2.6",
    "RSQRT, 1.5"
  })
  void errorsIn32BitsAreAsDocumented(UnaryKernel kernel, double bound) {
    var backend = new VectorBackend(1);
    var random = new Random(4);
    for (double scale : new double[] {0.3, 1, 6, 40}) {
      ArrayView x = Views.random(random, true, COUNT);
      for (int i = 0; i < COUNT; i++) {
        double v = x.get(i) * scale;
        x.set(i, inDomain(kernel, v));
      }
      ArrayView out = x.allocate(COUNT);
      backend.unary(kernel, x, out);
      for (int i = 0; i < COUNT; i++) {
        double exact = kernel.apply(x.get(i));
        if (Math.abs(exact) < Float.MIN_NORMAL || Math.abs(exact) > Float.MAX_VALUE) {
          continue;
        }
        double error = Math.abs(out.get(i) - exact) / Math.ulp((float) exact);
        assertTrue(error <= bound, kernel + " of " + x.get(i) + ": " + error + " ulp");
      }
    }
  }

  private static double inDomain(UnaryKernel kernel, double v) {
    return switch (kernel) {
      case LOG, RSQRT -> Math.abs(v) + 1e-6;
      case LOG1P -> Math.max(v, -0.9999);
      default -> v;
    };
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void activationsSaturate(boolean single) {
    double smallest = single ? Float.MIN_VALUE : Double.MIN_VALUE;
    double largest = single ? Float.MAX_VALUE : Double.MAX_VALUE;
    double infinity = Double.POSITIVE_INFINITY;
    double[] points = {0, smallest, 20, 43.7, 44, 88, 700, 1e6, 1e30, largest, infinity};
    ArrayView x = Views.zeros(single, Layout.rowMajor(2 * points.length + 1));
    for (int i = 0; i < points.length; i++) {
      x.set(2 * i, points[i]);
      x.set(2 * i + 1, -points[i]);
    }
    x.set(2 * points.length, Double.NaN);
    var backend = new VectorBackend(1);
    ArrayView tanh = x.allocate(2 * points.length + 1);
    backend.unary(UnaryKernel.TANH, x, tanh);
    ArrayView sigmoid = x.allocate(2 * points.length + 1);
    backend.unary(UnaryKernel.SIGMOID, x, sigmoid);
    for (int i = 0; i < points.length; i++) {
      double expected = points[i] < 1 ? points[i] : 1;
      assertEquals(expected, tanh.get(2 * i), 0, "tanh " + points[i]);
      assertEquals(-expected, tanh.get(2 * i + 1), 0, "tanh " + -points[i]);
      assertSigmoid(points[i], sigmoid.get(2 * i), single);
      assertSigmoid(-points[i], sigmoid.get(2 * i + 1), single);
    }
    assertEquals(Double.NaN, tanh.get(2 * points.length));
    assertEquals(Double.NaN, sigmoid.get(2 * points.length));
  }

  private static void assertSigmoid(double x, double actual, boolean single) {
    double exact = UnaryKernel.SIGMOID.apply(x);
    double relative = single ? 0x1p-20 : 0x1p-49;
    double normal = single ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    assertEquals(exact, actual, relative * exact + normal, "sigmoid " + x);
  }

  @ParameterizedTest
  @EnumSource(UnaryKernel.class)
  void bitsAreTheSameBeforeAndAfterCompilation(UnaryKernel kernel) {
    var backend = new VectorBackend(1);
    ArrayView x = Views.random(new Random(5), true, 1000);
    ArrayView first = x.allocate(1000);
    backend.unary(kernel, x, first);
    ArrayView last = x.allocate(1000);
    for (int i = 0; i < 4000; i++) {
      backend.unary(kernel, x, last);
    }
    assertArrayEquals(Views.bits(first), Views.bits(last));
  }

  @Test
  void bitsOfSumsAndProductsAreTheSameBeforeAndAfterCompilation() {
    var backend = new VectorBackend(1);
    var random = new Random(6);
    ArrayView x = Views.random(random, true, 1, 333);
    ArrayView w = Views.transposed(Views.random(random, true, 64, 333));
    long[] first = null;
    for (int i = 0; i < 4000; i++) {
      ArrayView softmax = x.allocate(1, 333);
      backend.softmax(x, softmax);
      ArrayView product = x.allocate(1, 64);
      backend.gemm(1, softmax, w, 0, product);
      first = first == null ? Views.bits(product) : first;
      assertArrayEquals(first, Views.bits(product), "call " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void powersHaveTheSpecialCasesOfMathPow(boolean single) {
    double[] points = {
      0,
      -0.0,
      1,
      -1,
      2,
      -2,
      0.5,
      -0.5,
      3,
      -3,
      2.5,
      -2.5,
      1e30,
      -1e30,
      16777215,
      16777216,
      1e-30,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NaN
    };
    int n = points.length * points.length;
    ArrayView a = Views.zeros(single, Layout.rowMajor(n));
    ArrayView b = Views.zeros(single, Layout.rowMajor(n));
    for (int i = 0; i < n; i++) {
      a.set(i, points[i / points.length]);
      b.set(i, points[i % points.length]);
    }
    ArrayView out = a.allocate(n);
    new VectorBackend(1).binary(BinaryKernel.POW, a, b, out);
    for (int i = 0; i < n; i++) {
      double exact = Math.pow(a.get(i), b.get(i));
      double expected = single ? (float) exact : exact;
      if (Math.abs(expected) < Float.MIN_NORMAL && expected != 0) {
        continue;
      }
      double unit = single ? Math.ulp((float) expected) : Math.ulp(expected);
      String what = a.get(i) + " to the power " + b.get(i) + ": " + out.get(i);
      if (expected == 0 || Double.isInfinite(expected) || Double.isNaN(expected)) {
        assertEquals(expected, out.get(i), what);
      } else {
        assertTrue(Math.abs(out.get(i) - expected) <= 2 * unit, what);
      }
    }
  }

  @Test
  void anAngleIsReducedAsItsOwnSizeAsksWhateverItsNeighbours() {
    var backend = new VectorBackend(1);
    ArrayView small = Views.random(new Random(7), true, 64);
    ArrayView mixed = new FloatView(((FloatView) small).array().clone(), small.layout());
    mixed.set(5, 1e20);
    mixed.set(40, Double.POSITIVE_INFINITY);
    ArrayView expected = small.allocate(64);
    backend.unary(UnaryKernel.SIN, small, expected);
    backend.unary(UnaryKernel.SIN, mixed, mixed);
    for (int i = 0; i < 64; i++) {
      double wanted = i == 5 ? (float) Math.sin(1e20f) : i == 40 ? Double.NaN : expected.get(i);
      assertEquals(wanted, mixed.get(i), "element " + i);
    }
  }
}
