package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Derivatives where there is none in the strict sense: kinks, ties and zeros. These are PyTorch's
 * choices.
 */
class ConventionTest {

  private static void assertGradient(UnaryOperator<Tensor> f, double[] at, double... expected) {
    Tensor x = Tensor.ofDoubles(at).leaf();
    assertArrayEquals(expected, f.apply(x).sum().gradients(x).get(x).toDoubleArray(), 1e-15);
  }

  private static double[] at(double... values) {
    return values;
  }

  @Test
  void reluAndAbsHaveDerivativeZeroAtZero() {
    assertGradient(Tensor::relu, at(-1, 0, 1), 0, 0, 1);
    assertGradient(Tensor::abs, at(-1, 0, 1), -1, 0, 1);
  }

  @Test
  void stairsAndConditionsStopTheGradientEvenWhereItWouldBeInfinite() {
    assertGradient(x -> x.log().sign(), at(0, 1, 2), 0, 0, 0);
    assertGradient(x -> x.sqrt().pow(0), at(0, 1), 0, 0);
    assertGradient(x -> x.sqrt().where(x, x.mul(2)), at(0, 1), 2, 1);
  }

  @Test
  void leakyActivationsHaveTheDerivativeOfTheNegativeSideAtZero() {
    assertGradient(x -> x.leakyRelu(0.3), at(0, 1), 0.3, 1);
    assertGradient(x -> x.elu(0.7), at(0, 1), 0.7, 1);
    assertGradient(Tensor::selu, at(0), 1.0507009873554805 * 1.6732632423543772);
  }

  @Test
  void clampPassesTheGradientAtItsBounds() {
    assertGradient(x -> x.clamp(-1, 1), at(-2, -1, 0, 1, 2), 0, 1, 1, 1, 0);
  }

  @Test
  void hardActivationsStopTheGradientAtTheirBounds() {
    assertGradient(Tensor::hardTanh, at(-2, -1, 0, 1, 2), 0, 0, 1, 0, 0);
    assertGradient(Tensor::hardSigmoid, at(-4, -3, 0, 3, 4), 0, 0, 1 / 6.0, 0, 0);
  }

  @Test
  void equalOperandsShareTheGradientByHalves() {
    Tensor a = Tensor.ofDoubles(1, 2, 3).leaf();
    Tensor b = Tensor.ofDoubles(2, 2, 2).leaf();
    var larger = a.maximum(b).sum().gradients(a, b);
    assertArrayEquals(at(0, 0.5, 1), larger.get(a).toDoubleArray());
    assertArrayEquals(at(1, 0.5, 0), larger.get(b).toDoubleArray());
    var smaller = a.minimum(b).sum().gradients(a, b);
    assertArrayEquals(at(1, 0.5, 0), smaller.get(a).toDoubleArray());
    assertArrayEquals(at(0, 0.5, 1), smaller.get(b).toDoubleArray());
  }

  @Test
  void tiedExtremesShareTheGradientEvenly() {
    assertGradient(Tensor::max, at(3, 1, 3, 3), 1 / 3.0, 0, 1 / 3.0, 1 / 3.0);
    assertGradient(Tensor::min, at(3, 1, 3, 1), 0, 0.5, 0, 0.5);
    assertGradient(
        x -> x.norm(Double.POSITIVE_INFINITY, new int[] {0}, false), at(-3, 1, 3), -0.5, 0, 0.5);
  }

  @Test
  void normsOfZeroHaveGradientZero() {
    for (double p : new double[] {1, 1.5, 2, 3, Double.POSITIVE_INFINITY}) {
      assertGradient(x -> x.norm(p, new int[] {0}, false), at(0, 0), 0, 0);
    }
    assertGradient(x -> x.norm(1, new int[] {0}, false), at(0, -2), 0, -1);
    assertGradient(x -> x.norm(1.5, new int[] {0}, false), at(0, -2), 0, -1);
  }

  @Test
  void aNormWithZeroElementsHasFiniteSecondDerivatives() {
    Tensor x = Tensor.ofDoubles(0, 2).leaf();
    for (double p : new double[] {1, 1.5, 2, 3}) {
      Tensor g = x.norm(p, new int[] {0}, false).gradients(List.of(x), GraphMode.CREATE).get(x);
      double[] second = g.sum().gradients(x).get(x).toDoubleArray();
      assertEquals(0, second[1], 1e-14);
      assertEquals(p == 2 ? 0.5 : 0, second[0], 1e-14);
    }
  }

  @Test
  void theStandardDeviationOfEqualElementsHasGradientZero() {
    assertGradient(Tensor::std, at(2, 2, 2), 0, 0, 0);
  }

  @Test
  void powersAtZeroHaveFiniteGradientsWhereTheyAreConstant() {
    assertGradient(x -> x.pow(0), at(0, 2), 0, 0);
    assertGradient(x -> x.pow(1), at(0), 1);
    assertGradient(x -> x.pow(2), at(0), 0);
    assertGradient(x -> x.pow(3), at(0), 0);
    assertGradient(x -> x.pow(0.5), at(0), Double.POSITIVE_INFINITY);
    assertGradient(x -> x.pow(Tensor.ofDoubles(0, 1, 2)), at(0, 0, 0), 0, 1, 0);
    assertGradient(p -> Tensor.ofDoubles(0, 0, 2).pow(p), at(0, 3, 1), 0, 0, 2 * Math.log(2));
  }

  @Test
  void theMixedDerivativeOfAPowerHoldsWhereTheExponentIsZero() {
    Tensor x = Tensor.ofDoubles(2).leaf();
    Tensor p = Tensor.ofDoubles(0).leaf();
    Tensor byBase = x.pow(p).sum().gradients(List.of(x), GraphMode.CREATE).get(x);
    // d/dp (p x^(p-1)) at p = 0 is 1/x.
    assertEquals(0.5, byBase.sum().gradients(p).get(p).item(), 1e-15);
  }

  @Test
  void logSumExpOfNothingButNegativeInfinityHasGradientZero() {
    double least = Double.NEGATIVE_INFINITY;
    assertGradient(Tensor::logSumExp, at(least, least), 0, 0);
    assertGradient(Tensor::logSumExp, at(least, 1), 0, 1);
  }

  /** The exponential that was not chosen overflows there, and 0 times infinity would be NaN. */
  @Test
  void exponentialActivationsHaveAFiniteGradientFarOut() {
    assertGradient(x -> x.elu(1), at(1000, -1000), 1, 0);
    assertGradient(Tensor::softplus, at(1000, -1000), 1, 0);
  }

  @Test
  void notANumberIsPassedOn() {
    Tensor x = Tensor.ofDoubles(Double.NaN, 1);
    List<UnaryOperator<Tensor>> all =
        List.of(
            Tensor::relu,
            t -> t.leakyRelu(0.1),
            t -> t.elu(1),
            Tensor::selu,
            Tensor::hardTanh,
            Tensor::hardSigmoid,
            t -> t.clamp(-1, 1),
            t -> t.maximum(t.zerosLike()),
            t -> t.minimum(t.zerosLike()),
            t -> t.max().expand(2),
            t -> t.min().expand(2),
            t -> t.norm().expand(2),
            t -> t.std().expand(2));
    for (UnaryOperator<Tensor> f : all) {
      assertEquals(Double.NaN, f.apply(x).get(0));
    }
  }
}
