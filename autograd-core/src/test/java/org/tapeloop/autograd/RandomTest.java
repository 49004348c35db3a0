package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RandomTest {
  private static final RandomStream STREAM = new RandomStream(20261121, 3);

  /**
   * Counter, key, output, each least significant word first, as the authors' test file has them.
   */
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
  })
  void philoxGivesThePublishedWords(String counter, String key, String expected) {
    int[] c = words(counter);
    int[] k = words(key);
    int[] out = new int[4];
    Philox.block(join(k[0], k[1]), join(c[2], c[3]), join(c[0], c[1]), out, 0);
    assertArrayEquals(words(expected), out);
  }

  private static int[] words(String hex) {
    return Arrays.stream(hex.split(" ")).mapToInt(w -> Integer.parseUnsignedInt(w, 16)).toArray();
  }

  private static long join(int low, int high) {
    return ((long) high << 32) | (low & 0xFFFFFFFFL);
  }

  @Test
  void aTensorHoldsTheElementsThatAreAskedForOneByOne() {
    int n = 2051;
    double[] uniform = Tensor.uniform(STREAM, DType.F64, Shape.of(n), 0, 1).toDoubleArray();
    double[] normal = Tensor.normal(STREAM, DType.F64, Shape.of(n), 0, 1).toDoubleArray();
    for (int i = 0; i < n; i++) {
      assertEquals(STREAM.uniform(i), uniform[i]);
      assertEquals(STREAM.normal(i), normal[i]);
    }
  }

  @Test
  void aLongerTensorStartsWithTheElementsOfAShorterOne() {
    double[] shorter = Tensor.normal(STREAM, DType.F32, Shape.of(7), 0, 1).toDoubleArray();
    double[] longer = Tensor.normal(STREAM, DType.F32, Shape.of(40, 50), 0, 1).toDoubleArray();
    assertArrayEquals(shorter, Arrays.copyOf(longer, 7));
  }

  @Test
  void singlePrecisionElementsAreTheDoubleOnesCutOrRounded() {
    Shape shape = Shape.of(3000);
    double[] u64 = Tensor.uniform(STREAM, DType.F64, shape, 0, 1).toDoubleArray();
    double[] u32 = Tensor.uniform(STREAM, DType.F32, shape, 0, 1).toDoubleArray();
    double[] n64 = Tensor.normal(STREAM, DType.F64, shape, 2, 3).toDoubleArray();
    double[] n32 = Tensor.normal(STREAM, DType.F32, shape, 2, 3).toDoubleArray();
    for (int i = 0; i < u64.length; i++) {
      assertEquals(Math.floor(u64[i] * 0x1p24) * 0x1p-24, u32[i]);
      assertEquals((float) n64[i], n32[i]);
    }
    assertArrayEquals(
        Tensor.bernoulli(STREAM, DType.F64, shape, 0.3).toDoubleArray(),
        Tensor.bernoulli(STREAM, DType.F32, shape, 0.3).toDoubleArray());
  }

  @Test
  void elementsHaveTheResolutionThatIsDocumented() {
    for (double p : new double[] {0.3, 0.5, 0x1p-32, 1 - 0x1p-32}) {
      double[] mask = Tensor.bernoulli(STREAM, DType.F64, Shape.of(5000), p).toDoubleArray();
      for (int i = 0; i < mask.length; i++) {
        double u = STREAM.uniform(i);
        assertEquals(Math.rint(u * 0x1p53), u * 0x1p53);
        assertEquals(Math.floor(u * 0x1p32) < Math.round(p * 0x1p32) ? 1 : 0, mask[i]);
      }
    }
  }

  /** Both parts are uniform in [0, 1), of variance 1/12. */
  @Test
  void theLowBitsOfAnElementDoNotFollowFromItsHighBits() {
    int n = 100_000;
    double product = 0;
    for (int i = 0; i < n; i++) {
      double high = Math.floor(STREAM.uniform(i) * 0x1p32) * 0x1p-32;
      double low = (STREAM.uniform(i) - high) * 0x1p32;
      product += (high - 0.5) * (low - 0.5) / n;
    }
    assertEquals(0, product, 5 / 12.0 / Math.sqrt(n));
  }

  @Test
  void normalElementsStayWithinTheDocumentedDistance() {
    double largest = RandomStream.radius(1 - 0x1p-53);
    assertTrue(largest <= 8.58 && largest > 8.57, "largest " + largest);
    assertEquals(0, RandomStream.radius(0), 1e-300);
  }

  @Test
  void streamsAndSeedsGiveOtherNumbers() {
    assertNotEquals(STREAM.uniform(0), new RandomStream(STREAM.seed(), 4).uniform(0));
    assertNotEquals(STREAM.uniform(0), new RandomStream(STREAM.seed() + (1L << 32), 3).uniform(0));
    assertNotEquals(STREAM.uniform(0), new RandomStream(STREAM.seed(), 3 + (1L << 32)).uniform(0));
  }

  @Test
  void uniformElementsLieInTheirRangeHoweverNarrow() {
    float high = Math.nextUp(1f);
    Tensor narrow = Tensor.uniform(STREAM, DType.F32, Shape.of(1000), 1, high);
    assertEquals(1, narrow.min().item());
    assertEquals(1, narrow.max().item());
    Tensor wide = Tensor.uniform(STREAM, DType.F64, Shape.of(100_000), -3, 5);
    assertTrue(wide.min().item() >= -3 && wide.max().item() < 5);
  }

  /**
   * A thousand bins; the statistic has mean 999 and standard deviation 45, so 5 of these happen by
   * chance once in a million seeds, and the seed is fixed.
   */
  @ParameterizedTest
  @EnumSource(DType.class)
  void uniformElementsFillTheirRangeEvenly(DType dtype) {
    int[] bins = new int[1000];
    double[] u = Tensor.uniform(STREAM, dtype, Shape.of(1_000_000), 0, 1).toDoubleArray();
    for (double value : u) {
      bins[(int) (value * bins.length)]++;
    }
    double chiSquare = 0;
    for (int bin : bins) {
      chiSquare += (bin - 1000.0) * (bin - 1000.0) / 1000.0;
    }
    assertEquals(999, chiSquare, 5 * 45);
  }

  /** The k-th bound is five standard errors of the sample moment: sqrt(1, 2, 15, 96 over n). */
  @Test
  void normalElementsHaveTheMomentsOfTheNormalDistribution() {
    int n = 1_000_000;
    double[] z = Tensor.normal(STREAM, DType.F64, Shape.of(n), 0, 1).toDoubleArray();
    double[] moments = new double[4];
    double neighbours = 0;
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < 4; k++) {
        moments[k] += Math.pow(z[i], k + 1) / n;
      }
      neighbours += z[i] * z[(i + 1) % n] / n;
    }
    assertEquals(0, moments[0], 5 * Math.sqrt(1.0 / n));
    assertEquals(1, moments[1], 5 * Math.sqrt(2.0 / n));
    assertEquals(0, moments[2], 5 * Math.sqrt(15.0 / n));
    assertEquals(3, moments[3], 5 * Math.sqrt(96.0 / n));
    assertEquals(0, neighbours, 5 * Math.sqrt(1.0 / n));
  }

  @Test
  void meanAndStandardDeviationShiftAndScaleANormalTensor() {
    Tensor z = Tensor.normal(STREAM, DType.F64, Shape.of(100), 0, 1);
    Tensor scaled = Tensor.normal(STREAM, DType.F64, Shape.of(100), 4, 0.5);
    assertEquals(0, scaled.sub(z.mul(0.5).add(4)).abs().max().item(), 1e-15);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 0", "1, 1, 0", "0.25, 0.25, 0.0022", "0.9, 0.9, 0.0015"})
  void bernoulliElementsAreOneAsOftenAsAsked(double p, double expected, double within) {
    Tensor t = Tensor.bernoulli(STREAM, DType.F64, Shape.of(1000, 1000), p);
    assertEquals(expected, t.mean().item(), within);
    assertEquals(0, t.mul(t.rsub(1)).abs().max().item());
  }

  @ParameterizedTest
  @CsvSource({"5, 5", "3, 8", "8, 3", "1, 4", "60, 60"})
  void orthogonalMatricesHaveOrthonormalRowsOrColumns(int rows, int columns) {
    double gain = 1.5;
    Tensor q = Tensor.orthogonal(STREAM, DType.F64, Shape.of(rows, columns), gain);
    Tensor product = rows <= columns ? q.matmul(q.t()) : q.t().matmul(q);
    Tensor expected = Tensor.eye(DType.F64, Math.min(rows, columns)).mul(gain * gain);
    assertEquals(0, product.sub(expected).abs().max().item(), 1e-14);
  }

  /** Over the 2 by 2 orthogonal matrices half are reflections, and the angle is uniform. */
  @Test
  void orthogonalMatricesFavourNoDirection() {
    int reflections = 0;
    double meanCosine = 0;
    double meanSine = 0;
    int n = 4000;
    Generator generator = new Generator(11);
    for (int k = 0; k < n; k++) {
      Tensor q = Tensor.orthogonal(generator.next(), DType.F64, Shape.of(2, 2), 1);
      double determinant = q.get(0, 0) * q.get(1, 1) - q.get(0, 1) * q.get(1, 0);
      assertEquals(1, Math.abs(determinant), 1e-12);
      reflections += determinant < 0 ? 1 : 0;
      meanCosine += q.get(0, 0) / n;
      meanSine += q.get(0, 1) / n;
    }
    double standardError = Math.sqrt(0.5 / n);
    assertEquals(0.5, reflections / (double) n, 5 * Math.sqrt(0.25 / n));
    assertEquals(0, meanCosine, 5 * standardError);
    assertEquals(0, meanSine, 5 * standardError);
  }

  @Test
  void axesAfterTheFirstCountAsOneInAnOrthogonalTensor() {
    Tensor q = Tensor.orthogonal(STREAM, DType.F64, Shape.of(3, 2, 4), 1).reshape(3, 8);
    assertEquals(0, q.matmul(q.t()).sub(Tensor.eye(DType.F64, 3)).abs().max().item(), 1e-14);
  }

  @Test
  void aGeneratorHandsOutEachStreamOnceAndGoesOnFromItsState() {
    Generator generator = new Generator(5);
    RandomStream first = generator.next();
    RandomStream second = generator.next();
    assertNotEquals(first, second);
    Generator restored = new Generator(generator.seed(), generator.position());
    assertEquals(generator.next(), restored.next());
    assertFalse(restored.next().equals(second));
  }

  @Test
  void emptyTensorsCanBeDrawn() {
    assertEquals(0, Tensor.uniform(STREAM, DType.F32, Shape.of(0, 3), 0, 1).size());
    assertEquals(0, Tensor.normal(STREAM, DType.F32, Shape.of(0), 0, 1).size());
    assertEquals(0, Tensor.orthogonal(STREAM, DType.F32, Shape.of(0, 3), 1).size());
  }

  @Test
  void badParametersAreRefused() {
    Shape shape = Shape.of(2);
    assertThrows(
        IllegalArgumentException.class, () -> Tensor.uniform(STREAM, DType.F32, shape, 1, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> Tensor.uniform(STREAM, DType.F32, shape, 0, Double.NaN));
    assertThrows(
        IllegalArgumentException.class, () -> Tensor.normal(STREAM, DType.F32, shape, 0, -1));
    assertThrows(
        IllegalArgumentException.class, () -> Tensor.bernoulli(STREAM, DType.F32, shape, 1.1));
    assertThrows(
        IllegalArgumentException.class, () -> Tensor.orthogonal(STREAM, DType.F32, shape, 1));
    assertThrows(IllegalArgumentException.class, () -> STREAM.uniform(-1));
    assertThrows(IllegalArgumentException.class, () -> new Generator(1, -1));
  }
}
