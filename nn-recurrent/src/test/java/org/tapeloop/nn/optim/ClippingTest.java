package org.tapeloop.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.optim.Clipping.Clipped;

class ClippingTest {
  private final Tensor a = Tensor.of(0f, 0f).leaf();
  private final Tensor b = Tensor.of(0f).leaf();

  private Map<Tensor, Tensor> gradients(float a0, float a1, float b0) {
    Map<Tensor, Tensor> gradients = new LinkedHashMap<>();
    gradients.put(a, Tensor.of(a0, a1));
    gradients.put(b, Tensor.of(b0));
    return gradients;
  }

  @Test
  void byValueMovesEntriesToTheBoundsAndLeavesNaN() {
    var clipped = Clipping.byValue(gradients(3, -0.25f, Float.NaN), 0.5);
    assertArrayEquals(new float[] {0.5f, -0.25f}, clipped.get(a).toFloatArray());
    assertTrue(Double.isNaN(clipped.get(b).item()));
    assertEquals(-0.5, Clipping.byValue(gradients(0, 0, -7), 0.5).get(b).item());
  }

  @Test
  void byNormScalesEachGradientByItself() {
    var clipped = Clipping.byNorm(gradients(3, 4, 0.5f), 1);
    assertArrayEquals(new float[] {0.6f, 0.8f}, clipped.get(a).toFloatArray(), 1e-6f);
    assertEquals(0.5, clipped.get(b).item());
  }

  @ParameterizedTest
  @CsvSource({"1, 15", "2, 9.433981", "3, 8.448361", "Infinity, 8"})
  void theGlobalNormIsThatOfAllEntriesTogether(double p, double expected) {
    assertEquals(expected, Clipping.globalNorm(gradients(4, -3, 8), p), 2e-6 * expected);
  }

  /** Large enough for the pass by rows; some elements would be too many or too few in float. */
  @Test
  void theNormOfAMatrixIsThatOfItsElements() {
    for (double scale : new double[] {1, 1e-30, 1e30}) {
      Tensor g = Tensor.normal(new RandomStream(3, 4), DType.F32, Shape.of(300, 200), 0, scale);
      double squares = 0;
      for (float element : g.toFloatArray()) {
        squares += element / scale * (element / scale);
      }
      double expected = scale * Math.sqrt(squares);
      assertEquals(expected, Clipping.globalNorm(Map.of(g, g), 2), 1e-5 * expected);
    }
  }

  @Test
  void byGlobalNormKeepsTheDirectionAndReportsTheNorm() {
    Clipped clipped = Clipping.byGlobalNorm(gradients(2, -4, 4), 3);
    assertEquals(6, clipped.norm(), 1e-6);
    assertArrayEquals(new float[] {1, -2}, clipped.gradients().get(a).toFloatArray(), 1e-6f);
    assertEquals(2, clipped.gradients().get(b).item(), 1e-6);
  }

  @Test
  void theFactorIsWhatGradientsAreMultipliedWith() {
    assertEquals(0.5, Clipping.factor(6, 3), 1e-6);
    assertEquals(1, Clipping.factor(2.9, 3));
    assertTrue(Double.isNaN(Clipping.factor(Double.NaN, 3)));
    assertThrows(IllegalArgumentException.class, () -> Clipping.factor(1, 0));
  }

  @Test
  void gradientsBelowTheBoundStayTheSameTensors() {
    var gradients = gradients(2, -4, 4);
    Clipped clipped = Clipping.byGlobalNorm(gradients, 6.1);
    assertSame(gradients.get(a), clipped.gradients().get(a));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 3, Double.POSITIVE_INFINITY})
  void noPowerOverflowsOrUnderflows(double p) {
    double unit = Clipping.globalNorm(gradients(1, 2, 3), p);
    for (float scale : new float[] {1e-30f, 1e30f}) {
      double norm = Clipping.globalNorm(gradients(scale, 2 * scale, 3 * scale), p);
      assertEquals(scale * unit, norm, 1e-5 * scale * unit);
    }
  }

  @Test
  void aNormThatIsNoNumberIsReportedAndSpoilsTheGradients() {
    Clipped clipped = Clipping.byGlobalNorm(gradients(1, Float.NaN, 1), 1);
    assertTrue(Double.isNaN(clipped.norm()));
    assertTrue(Double.isNaN(clipped.gradients().get(b).item()));
    Clipped infinite = Clipping.byGlobalNorm(gradients(1, Float.POSITIVE_INFINITY, 1), 1);
    assertEquals(Double.POSITIVE_INFINITY, infinite.norm());
  }

  @Test
  void zeroAndEmptyGradientsHaveNormZero() {
    Clipped clipped = Clipping.byGlobalNorm(gradients(0, 0, 0), 1);
    assertEquals(0, clipped.norm());
    assertEquals(0, clipped.gradients().get(b).item());
    assertEquals(0, Clipping.globalNorm(Map.of(a, Tensor.zeros(0)), 2));
    assertEquals(0, Clipping.globalNorm(Map.of(), 2));
  }

  @Test
  void boundsAndNormsOutOfRangeAreRefused() {
    var gradients = gradients(1, 1, 1);
    assertThrows(IllegalArgumentException.class, () -> Clipping.byValue(gradients, 0));
    assertThrows(IllegalArgumentException.class, () -> Clipping.byNorm(gradients, -1));
    assertThrows(
        IllegalArgumentException.class, () -> Clipping.byGlobalNorm(gradients, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Clipping.globalNorm(gradients, 0.5));
  }
}
