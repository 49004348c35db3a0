package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** The documented distributions, by moments of samples large enough to tell them apart. */
class InitializerTest {
  private static final int ROWS = 300;
  private static final int COLUMNS = 200;
  private static final double XAVIER = Math.sqrt(2.0 / (ROWS + COLUMNS));
  private static final double KAIMING = Math.sqrt(2.0 / COLUMNS);

  /** What a documentation comment says. */
  record Documented(String name, Initializer initializer, double deviation, double bound) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Documented> documented() {
    double unbounded = Double.POSITIVE_INFINITY;
    double root3 = Math.sqrt(3);
    return List.of(
        new Documented("uniform", Initializer.uniform(0.3), 0.3 / root3, 0.3),
        new Documented("normal", Initializer.normal(0.2), 0.2, unbounded),
        new Documented("xavierUniform", Initializer.xavierUniform(), XAVIER, XAVIER * root3),
        new Documented(
            "xavierUniform gain", Initializer.xavierUniform(2), 2 * XAVIER, 2 * XAVIER * root3),
        new Documented("xavierNormal", Initializer.xavierNormal(), XAVIER, unbounded),
        new Documented("xavierNormal gain", Initializer.xavierNormal(2), 2 * XAVIER, unbounded),
        new Documented("kaimingUniform", Initializer.kaimingUniform(), KAIMING, KAIMING * root3),
        new Documented("kaimingNormal", Initializer.kaimingNormal(), KAIMING, unbounded));
  }

  @ParameterizedTest
  @MethodSource("documented")
  void drawsTheDocumentedDistribution(Documented d) {
    double[] values = draw(d.initializer(), 7).toDoubleArray();
    int n = values.length;
    double mean = Arrays.stream(values).sum() / n;
    double variance = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / n;
    double fourth = Arrays.stream(values).map(v -> Math.pow(v - mean, 4)).sum() / n;
    boolean uniform = Double.isFinite(d.bound());
    double kurtosis = uniform ? 9.0 / 5 : 3;
    // Five standard errors of each estimate.
    double s = d.deviation();
    assertEquals(0, mean, 5 * s / Math.sqrt(n));
    assertEquals(s, Math.sqrt(variance), 5 * s * Math.sqrt((kurtosis - 1) / (4.0 * n)));
    assertEquals(kurtosis, fourth / (variance * variance), 5 * Math.sqrt(24.0 / n));
    double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
    assertTrue(largest <= d.bound() * (1 + 1e-6), "largest " + largest);
    if (uniform) {
      assertTrue(largest > 0.999 * d.bound(), "largest " + largest);
    }
  }

  @ParameterizedTest
  @MethodSource("documented")
  void drawsAreGivenByTheSeedAndDifferFromEachOther(Documented d) {
    Generator generator = new Generator(3);
    Shape shape = Shape.of(4, 5);
    float[] first = d.initializer().create(shape, generator).toFloatArray();
    float[] second = d.initializer().create(shape, generator).toFloatArray();
    assertTrue(!Arrays.equals(first, second));
    assertArrayEquals(first, d.initializer().create(shape, new Generator(3)).toFloatArray());
  }

  private static Tensor draw(Initializer initializer, long seed) {
    return initializer.create(Shape.of(ROWS, COLUMNS), new Generator(seed));
  }

  @Test
  void furtherAxesMultiplyTheFans() {
    float[] values =
        Initializer.kaimingUniform().create(Shape.of(100, 20, 30), new Generator(1)).toFloatArray();
    double largest = 0;
    for (float v : values) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertEquals(Math.sqrt(6.0 / (20 * 30)), largest, 1e-4);
  }

  @Test
  void orthogonalRowsOrColumnsAreOrthonormalTimesTheGain() {
    for (Shape shape : List.of(Shape.of(6, 9), Shape.of(9, 6), Shape.of(7, 7))) {
      Tensor q = Initializer.orthogonal(3).create(shape, new Generator(5)).to(DType.F64);
      Tensor gram = shape.extent(0) <= shape.extent(1) ? q.matmul(q.t()) : q.t().matmul(q);
      double error = gram.sub(Tensor.eye(DType.F64, gram.extent(0)).mul(9)).abs().max().item();
      assertTrue(error <= 1e-5, shape + ": " + error);
    }
  }

  @Test
  void perBlockDrawsEachGateByItself() {
    Tensor weight = Initializer.orthogonal().perBlock(4).create(Shape.of(12, 3), new Generator(2));
    List<Tensor> gates = weight.chunk(4, 0);
    for (Tensor gate : gates) {
      double error = gate.matmul(gate.t()).sub(Tensor.eye(3)).abs().max().item();
      assertTrue(error <= 1e-5, "error " + error);
    }
    assertTrue(!Arrays.equals(gates.get(0).toFloatArray(), gates.get(1).toFloatArray()));
  }

  @Test
  void constantsAreWhatTheySay() {
    Generator generator = new Generator(1);
    assertArrayEquals(
        new float[] {2.5f, 2.5f},
        Initializer.constant(2.5).create(Shape.of(2), generator).toFloatArray());
    assertArrayEquals(
        new float[] {0}, Initializer.zeros().create(Shape.of(1), generator).toFloatArray());
    assertArrayEquals(
        new float[] {1}, Initializer.ones().create(Shape.of(1), generator).toFloatArray());
    assertEquals(0, generator.position());
  }

  @Test
  void aParameterKeepsItsElementType() {
    Linear linear = new Linear(3, 2, new Generator(1));
    linear.to(DType.F64);
    Initializer.constant(0.5).initialise(linear.weight(), new Generator(2));
    assertEquals(DType.F64, linear.weight().value().dtype());
    assertEquals(0.5, linear.weight().value().get(1, 2));
    assertTrue(linear.weight().value().requiresGrad());
  }

  @Test
  void shapesWithoutFansOrBlocksAreRefused() {
    Generator generator = new Generator(1);
    var fans =
        assertThrows(
            IllegalArgumentException.class,
            () -> Initializer.xavierUniform().create(Shape.of(3), generator));
    assertEquals("xavierUniform: a weight [out, in, ...] is needed, not [3]", fans.getMessage());
    var blocks =
        assertThrows(
            IllegalArgumentException.class,
            () -> Initializer.zeros().perBlock(4).create(Shape.of(6, 2), generator));
    assertEquals(
        "perBlock: the first axis of [6, 2] does not divide into 4 blocks", blocks.getMessage());
  }
}
