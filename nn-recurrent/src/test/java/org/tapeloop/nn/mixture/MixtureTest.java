package org.tapeloop.nn.mixture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

class MixtureTest {
  private static final int K = 3;

  private static Tensor normal(long seed, int... extents) {
    return Tensor.normal(new RandomStream(seed, 0), DType.F64, Shape.of(extents), 0, 1);
  }

  private static BivariateMixture bivariate(long seed, int... places) {
    int[] extents = Arrays.copyOf(places, places.length + 1);
    extents[places.length] = 6 * K;
    return BivariateMixture.of(normal(seed, extents).mul(0.8), K);
  }

  /** The density of a mixture at a point, in plain loops. */
  private static double diagonal(DiagonalMixture m, int place, double... x) {
    double density = 0;
    for (int k = 0; k < m.logWeights().extent(1); k++) {
      double each = Math.exp(m.logWeights().get(place, k));
      for (int d = 0; d < x.length; d++) {
        double sigma = Math.exp(m.logScales().get(place, k, d));
        double z = (x[d] - m.means().get(place, k, d)) / sigma;
        each *= Math.exp(-z * z / 2) / (sigma * Math.sqrt(2 * Math.PI));
      }
      density += each;
    }
    return density;
  }

  private static double bivariate(BivariateMixture m, int place, double x, double y) {
    double density = 0;
    for (int k = 0; k < K; k++) {
      double s1 = Math.exp(m.logScales().get(place, k, 0));
      double s2 = Math.exp(m.logScales().get(place, k, 1));
      double a = (x - m.means().get(place, k, 0)) / s1;
      double b = (y - m.means().get(place, k, 1)) / s2;
      double rho = Math.tanh(m.correlation().get(place, k));
      double rest = 1 - rho * rho;
      double z = a * a + b * b - 2 * rho * a * b;
      density +=
          Math.exp(m.logWeights().get(place, k) - z / (2 * rest))
              / (2 * Math.PI * s1 * s2 * Math.sqrt(rest));
    }
    return density;
  }

  @Test
  void theDensityIsThatOfTheEquations() {
    DiagonalMixture m = DiagonalMixture.of(normal(1, 4, K * 5), K, 2);
    BivariateMixture b = bivariate(2, 4);
    Tensor x = normal(3, 4, 2);
    Tensor ofDiagonal = m.negativeLogLikelihood(x);
    Tensor ofBivariate = b.negativeLogLikelihood(x);
    for (int i = 0; i < 4; i++) {
      assertEquals(-Math.log(diagonal(m, i, x.get(i, 0), x.get(i, 1))), ofDiagonal.get(i), 1e-12);
      assertEquals(-Math.log(bivariate(b, i, x.get(i, 0), x.get(i, 1))), ofBivariate.get(i), 1e-12);
    }
  }

  @Test
  void densitiesIntegrateToOne() {
    DiagonalMixture line = DiagonalMixture.of(normal(4, 1, K * 3), K, 1);
    int points = 40_000;
    double step = 400.0 / points;
    double integral = 0;
    for (int i = 0; i < points; i++) {
      integral += step * diagonal(line, 0, -200 + (i + 0.5) * step);
    }
    assertEquals(1, integral, 1e-6);
    Tensor grid = Tensor.arange(DType.F64, -8, 8, 0.1);
    int n = grid.size();
    Tensor points2 =
        Tensor.stack(
            List.of(
                grid.unsqueeze(1).expand(n, n).contiguous().reshape(n * n),
                grid.unsqueeze(0).expand(n, n).contiguous().reshape(n * n)),
            1);
    // Scales are brought nearer to 1, so that the grid is fine and wide enough.
    BivariateMixture one = bivariate(5, 1);
    BivariateMixture everywhere =
        new BivariateMixture(
            one.logWeights().expand(n * n, K),
            one.means().expand(n * n, K, 2),
            one.logScales().mul(0.3).expand(n * n, K, 2),
            one.correlation().expand(n * n, K));
    double sum = everywhere.negativeLogLikelihood(points2).neg().exp().sum().item() * 0.01;
    assertEquals(1, sum, 1e-3);
  }

  @Test
  void strongCorrelationsKeepTheDigitsOfSinglePrecision() {
    for (double r : new double[] {-9, -5, 0.5, 5, 9}) {
      Tensor means = Tensor.zeros(DType.F64, Shape.of(1, 1, 2));
      Tensor weights = Tensor.ofDoubles(Shape.of(1, 1), 0);
      Tensor correlation = Tensor.ofDoubles(Shape.of(1, 1), r);
      var exact = new BivariateMixture(weights, means, means, correlation);
      DType single = DType.F32;
      Tensor none = means.to(single);
      var rounded = new BivariateMixture(weights.to(single), none, none, correlation.to(single));
      // Both numbers as the correlation has them, and far from the mean.
      Tensor x = Tensor.ofDoubles(Shape.of(1, 2), 3, 3 * Math.signum(r));
      // Z / (2 (1 - rho^2)), with Z = 18 (1 - |rho|).
      double along = 9 / (1 + Math.tanh(Math.abs(r)));
      double rest = Math.log(2 * Math.PI) - Math.log(Math.cosh(r));
      assertEquals(along + rest, exact.negativeLogLikelihood(x).get(0), 1e-12, "F64 at " + r);
      assertEquals(
          along + rest, rounded.negativeLogLikelihood(x.to(single)).get(0), 1e-5, "F32 at " + r);
    }
  }

  @Test
  void correlationsNearOneKeepTheirDigits() {
    // rho = tanh(20) is 1 in double precision, and 1 - rho^2 would be 0.
    BivariateMixture m =
        new BivariateMixture(
            Tensor.ofDoubles(Shape.of(1, 1), 0),
            Tensor.zeros(DType.F64, Shape.of(1, 1, 2)),
            Tensor.zeros(DType.F64, Shape.of(1, 1, 2)),
            Tensor.ofDoubles(Shape.of(1, 1), 20));
    double loss = m.negativeLogLikelihood(Tensor.zeros(DType.F64, Shape.of(1, 2))).get(0);
    assertEquals(Math.log(2 * Math.PI) - 20 + Math.log(2), loss, 1e-9);
  }

  @Test
  void derivativesAreRight() {
    Tensor x = normal(6, 4, 2);
    GradCheck.check(
        of -> DiagonalMixture.of(of[0], K, 2).negativeLogLikelihood(of[1]), normal(7, 4, K * 5), x);
    GradCheck.check(
        of -> BivariateMixture.of(of[0], K).negativeLogLikelihood(of[1]),
        normal(8, 4, K * 6).mul(0.7),
        x);
    MixtureHead<BivariateMixture> head = MixtureHead.bivariate(5, K, new Generator(2));
    head.to(DType.F64);
    Tensor hidden = normal(9, 3, 2, 5);
    Tensor targets = normal(10, 3, 2, 2);
    Lengths lengths = Lengths.of(3, 2);
    head.parameters()
        .forEach(
            (name, parameter) ->
                GradCheck.check(
                    w ->
                        head.withValues(Map.of(name, w), () -> head.loss(hidden, targets, lengths)),
                    parameter.value()));
    head.loss(hidden, targets, lengths)
        .gradients(head.values())
        .forEach((of, gradient) -> assertTrue(gradient.abs().max().item() > 0));
  }

  @Test
  void drawnPointsHaveTheMomentsOfTheMixture() {
    BivariateMixture one = bivariate(11, 1);
    int n = 200_000;
    BivariateMixture many =
        new BivariateMixture(
            one.logWeights().expand(n, K),
            one.means().expand(n, K, 2),
            one.logScales().expand(n, K, 2),
            one.correlation().expand(n, K));
    DiagonalMixture uncorrelated =
        new DiagonalMixture(many.logWeights(), many.means(), many.logScales());
    double[] drawn = many.sample(new RandomStream(3, 1)).toDoubleArray();
    double[] alone = uncorrelated.sample(new RandomStream(3, 2)).toDoubleArray();
    assertMoments(one, drawn, n, true);
    assertMoments(one, alone, n, false);
  }

  private static void assertMoments(BivariateMixture m, double[] drawn, int n, boolean correlated) {
    double[] mean = new double[2];
    double[][] second = new double[2][2];
    for (int k = 0; k < K; k++) {
      double w = Math.exp(m.logWeights().get(0, k));
      double rho = correlated ? Math.tanh(m.correlation().get(0, k)) : 0;
      for (int i = 0; i < 2; i++) {
        mean[i] += w * m.means().get(0, k, i);
        for (int j = 0; j < 2; j++) {
          double spread = Math.exp(m.logScales().get(0, k, i) + m.logScales().get(0, k, j));
          second[i][j] +=
              w
                  * (m.means().get(0, k, i) * m.means().get(0, k, j)
                      + (i == j ? spread : rho * spread));
        }
      }
    }
    for (int i = 0; i < 2; i++) {
      double sum = 0;
      for (int p = 0; p < n; p++) {
        sum += drawn[2 * p + i] / n;
      }
      assertEquals(mean[i], sum, 0.02);
      for (int j = 0; j < 2; j++) {
        double product = 0;
        for (int p = 0; p < n; p++) {
          product += drawn[2 * p + i] * drawn[2 * p + j] / n;
        }
        assertEquals(second[i][j], product, 0.06 * (1 + Math.abs(second[i][j])));
      }
    }
  }

  @Test
  void sameStreamSamePoints() {
    BivariateMixture m = bivariate(12, 2, 3);
    assertEquals(Shape.of(2, 3, 2), m.sample(new RandomStream(1, 1)).shape());
    assertArrayEquals(
        m.sample(new RandomStream(1, 1)).toDoubleArray(),
        m.sample(new RandomStream(1, 1)).toDoubleArray());
  }

  @Test
  void aBiasSharpensWeightsAndNarrowsScales() {
    BivariateMixture m = bivariate(13, 4);
    BivariateMixture biased = m.biased(2);
    for (int k = 0; k < K; k++) {
      double total = 0;
      for (int other = 0; other < K; other++) {
        total += Math.exp(3 * m.logWeights().get(0, other));
      }
      assertEquals(
          Math.exp(3 * m.logWeights().get(0, k)) / total,
          Math.exp(biased.logWeights().get(0, k)),
          1e-12);
      assertEquals(m.logScales().get(0, k, 1) - 2, biased.logScales().get(0, k, 1), 1e-12);
    }
  }

  @Test
  void paddingCountsInNoLoss() {
    MixtureHead<DiagonalMixture> head = MixtureHead.diagonal(5, K, 2, new Generator(3));
    head.to(DType.F64);
    Lengths lengths = Lengths.of(3, 1);
    Tensor hidden = normal(14, 3, 2, 5);
    Tensor targets = normal(15, 3, 2, 2);
    Tensor inside = lengths.mask(DType.F64, 3);
    Tensor spoilt = inside.where(hidden, hidden.zerosLike().add(Double.NaN)).leaf();
    Tensor spoiltTargets = inside.where(targets, targets.zerosLike().add(Double.NaN));
    double expected = 0;
    for (int[] at : new int[][] {{0, 0}, {1, 0}, {2, 0}, {0, 1}}) {
      Tensor h = hidden.narrow(0, at[0], 1).narrow(1, at[1], 1);
      Tensor y = targets.narrow(0, at[0], 1).narrow(1, at[1], 1);
      expected += head.loss(h, y, null).item() / 4;
    }
    Tensor loss = head.loss(spoilt, spoiltTargets, lengths);
    assertEquals(expected, loss.item(), 1e-12);
    double[] gradient = loss.gradients(spoilt).get(spoilt).toDoubleArray();
    for (int i = 0; i < gradient.length; i++) {
      boolean padding = i / 10 >= lengths.get(i / 5 % 2);
      assertTrue(padding ? gradient[i] == 0 : gradient[i] != 0, "element " + i);
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    var shape =
        assertThrows(
            IllegalArgumentException.class,
            () -> bivariate(1, 4).negativeLogLikelihood(normal(1, 4, 3)));
    assertEquals("mixture: targets must be F64 [4, 2], not F64 [4, 3]", shape.getMessage());
    var bias = assertThrows(IllegalArgumentException.class, () -> bivariate(1, 4).biased(-1));
    assertEquals("mixture: the bias must be finite and at least 0, not -1.0", bias.getMessage());
    double infinity = Double.POSITIVE_INFINITY;
    assertThrows(IllegalArgumentException.class, () -> bivariate(1, 4).biased(infinity));
    assertThrows(
        IllegalArgumentException.class, () -> MixtureHead.diagonal(5, 0, 2, new Generator(1)));
  }

  @Test
  void targetsOfOtherStepsAreRefusedBesidePaddingToo() {
    MixtureHead<DiagonalMixture> head = MixtureHead.diagonal(5, K, 2, new Generator(3));
    head.to(DType.F64);
    Tensor hidden = normal(14, 3, 2, 5);
    for (Tensor targets : List.of(normal(15, 1, 2, 2), normal(15, 3, 1, 2))) {
      for (Lengths lengths : Arrays.asList(null, Lengths.of(3, 1))) {
        var e =
            assertThrows(IllegalArgumentException.class, () -> head.loss(hidden, targets, lengths));
        assertTrue(e.getMessage().contains("targets " + targets.shape()), e.getMessage());
      }
    }
  }
}
