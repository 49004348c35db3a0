package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Elementwise methods against their formulas. */
class PointwiseValueTest {
  private static final double[] POINTS = {
    Double.NEGATIVE_INFINITY,
    -745,
    -100,
    -6,
    -3,
    -1,
    -0.3,
    -1e-9,
    0,
    1e-9,
    0.3,
    1,
    3,
    6,
    100,
    745,
    Double.POSITIVE_INFINITY,
    Double.NaN
  };

  record Case(String name, UnaryOperator<Tensor> method, DoubleUnaryOperator formula) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("leakyRelu", t -> t.leakyRelu(0.2), x -> x > 0 ? x : 0.2 * x),
        new Case("elu", t -> t.elu(0.8), x -> x > 0 ? x : 0.8 * Math.expm1(x)),
        new Case(
            "selu",
            Tensor::selu,
            x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
        new Case("silu", Tensor::silu, x -> x / (1 + Math.exp(-x))),
        new Case("softsign", Tensor::softsign, x -> x / (1 + Math.abs(x))),
        new Case("logSigmoid", Tensor::logSigmoid, x -> x < -40 ? x : -Math.log1p(Math.exp(-x))),
        new Case("softplus", t -> t.softplus(3), x -> x > 20 ? x : Math.log1p(Math.exp(3 * x)) / 3),
        new Case("hardTanh", Tensor::hardTanh, x -> Math.min(Math.max(x, -1), 1)),
        new Case("hardSigmoid", Tensor::hardSigmoid, x -> Math.min(Math.max(x + 3, 0), 6) / 6),
        new Case("clamp", t -> t.clamp(-2, 0.5), x -> Math.min(Math.max(x, -2), 0.5)),
        new Case("clamp below", t -> t.clamp(-2, Double.POSITIVE_INFINITY), x -> Math.max(x, -2)),
        new Case("clamp above", t -> t.clamp(Double.NEGATIVE_INFINITY, 2), x -> Math.min(x, 2)),
        new Case("pow 0", t -> t.pow(0), x -> 1),
        new Case("pow 1", t -> t.pow(1), x -> x),
        new Case("pow 2", t -> t.pow(2), x -> x * x),
        new Case("pow 3", t -> t.pow(3), x -> Math.pow(x, 3)),
        new Case("pow -1.5", t -> t.pow(-1.5), x -> Math.pow(x, -1.5)),
        new Case("ne", t -> t.ne(3), x -> x != 3 ? 1 : 0),
        new Case("le", t -> t.le(3), x -> x <= 3 ? 1 : 0),
        new Case("ge", t -> t.ge(3), x -> x >= 3 ? 1 : 0),
        new Case("gt", t -> t.gt(3), x -> x > 3 ? 1 : 0),
        new Case("lt", t -> t.lt(3), x -> x < 3 ? 1 : 0),
        new Case("eq", t -> t.eq(3), x -> x == 3 ? 1 : 0),
        new Case("maskedFill", t -> t.maskedFill(t.gt(0), 5), x -> x > 0 ? 5 : x));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theMethodFollowsItsFormula(Case c) {
    double[] actual = c.method().apply(Tensor.ofDoubles(POINTS)).toDoubleArray();
    for (int i = 0; i < POINTS.length; i++) {
      double expected = c.formula().applyAsDouble(POINTS[i]);
      double error = Math.abs(actual[i] - expected);
      if (!(Double.compare(expected, actual[i]) == 0
          || error <= 1e-14 * Math.abs(expected) + 1e-300)) {
        assertEquals(expected, actual[i], c.name() + " at " + POINTS[i]);
      }
    }
  }

  /** Phi from the integral of the normal density, by the midpoint rule. */
  @Test
  void geluIsTheOperandTimesTheNormalDistributionFunction() {
    double step = 1e-4;
    double x = 1.3;
    double phi = 0.5;
    for (double t = step / 2; t < x; t += step) {
      phi += step * Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
    }
    assertEquals(x * phi, Tensor.scalar(DType.F64, x).gelu().item(), 1e-8);
  }

  @Test
  void theTanhFormOfGeluStaysWithinItsDocumentedDistance() {
    Tensor x = Tensor.arange(DType.F64, -8, 8, 0.001);
    double distance = x.gelu().sub(x.geluTanh()).abs().max().item();
    assertEquals(4.7e-4, distance, 0.3e-4);
  }

  @Test
  void seluKeepsMeanAndVarianceOfNormalNumbers() {
    Tensor x = Tensor.normal(new RandomStream(7, 0), DType.F64, Shape.of(1_000_000), 0, 1);
    Tensor y = x.selu();
    // Standard errors: 1/sqrt(n) of the mean, at most sqrt(8/n) of the variance.
    assertEquals(0, y.mean().item(), 5e-3);
    assertEquals(1, y.var().item(), 15e-3);
  }
}
