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
        new Documented("inverse root", Initializer.inverseRoot(4), 0.5 / root3, 0.5),
        new Documented("normal", Initializer.normal(0.2), 0.2, unbounded),
        new Documented("uniform between", Initializer.uniform(-0.3, 0.3), 0.3 / root3, 0.3),
        new Documented("normal around", Initializer.normal(0, 0.2), 0.2, unbounded),
        new Documented(
            "kaimingUniform by outputs",
            Initializer.kaimingUniform(Initializer.Fan.OUT, 1),
            1 / Math.sqrt(ROWS),
            root3 / Math.sqrt(ROWS)),
        new Documented(
            "kaimingNormal by inputs",
            Initializer.kaimingNormal(Initializer.Fan.IN, Gain.TANH),
            Gain.TANH / Math.sqrt(COLUMNS),
            unbounded),
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

  @Test
  void boundsAndMeansAreThoseGiven() {
    double[] uniform = draw(Initializer.uniform(2, 5), 1).toDoubleArray();
    assertEquals(3.5, Arrays.stream(uniform).average().orElseThrow(), 0.02);
    assertTrue(Arrays.stream(uniform).allMatch(v -> v >= 2 && v < 5));
    double[] normal = draw(Initializer.normal(4, 0.1), 1).toDoubleArray();
    assertEquals(4, Arrays.stream(normal).average().orElseThrow(), 0.003);
  }

  @Test
  void aTruncatedNormalHasTheMomentsOfTheDensityBetweenItsBounds() {
    double[][] cases = {
      {0, 1, -2, 2}, {1, 2, -1, 2}, {0, 1, 3, 8}, {0, 1, -1e9, 1e9}, {0, .1, 0, 9}
    };
    for (double[] c : cases) {
      double[] values =
          draw(Initializer.truncatedNormal(c[0], c[1], c[2], c[3]), 7).toDoubleArray();
      // The moments by adding up the density over a fine grid.
      double from = Math.max(c[2], c[0] - 9 * c[1]);
      double to = Math.min(c[3], c[0] + 9 * c[1]);
      double mass = 0;
      double mean = 0;
      double square = 0;
      int cells = 200_000;
      for (int i = 0; i < cells; i++) {
        double x = from + (to - from) * (i + 0.5) / cells;
        double p = Math.exp(-Math.pow((x - c[0]) / c[1], 2) / 2);
        mass += p;
        mean += p * x;
        square += p * x * x;
      }
      mean /= mass;
      double deviation = Math.sqrt(square / mass - mean * mean);
      double found = Arrays.stream(values).average().orElseThrow();
      double error = 5 * deviation / Math.sqrt(values.length);
      assertEquals(mean, found, error, Arrays.toString(c));
      double spread =
          Math.sqrt(
              Arrays.stream(values).map(v -> (v - found) * (v - found)).average().orElseThrow());
      assertEquals(deviation, spread, 0.02 * deviation, Arrays.toString(c));
      assertTrue(Arrays.stream(values).allMatch(v -> v >= c[2] && v <= c[3]));
    }
  }

  @Test
  void sparseColumnsHaveTheSameNumberOfZerosAtRandomPlaces() {
    Tensor weight = draw(Initializer.sparse(0.9, 0.5), 3);
    Tensor kept = weight.ne(0);
    double[] perColumn = kept.sum(0).toDoubleArray();
    assertTrue(Arrays.stream(perColumn).allMatch(count -> count == 30));
    double[] perRow = kept.sum(1).toDoubleArray();
    // Each of 200 columns keeps a row with probability 0.1: six standard deviations.
    assertTrue(Arrays.stream(perRow).allMatch(count -> Math.abs(count - 20) < 6 * Math.sqrt(18)));
    double deviation = Math.sqrt(weight.square().sum().item() / (30 * COLUMNS));
    assertEquals(0.5, deviation, 0.02);
    assertEquals(0, draw(Initializer.sparse(1, 1), 3).abs().max().item());
  }

  @Test
  void identitiesPassTheirInputOn() {
    Generator generator = new Generator(1);
    assertArrayEquals(
        new float[] {1, 0, 0, 0, 1, 0},
        Initializer.eye().create(Shape.of(2, 3), generator).toFloatArray());
    assertArrayEquals(
        new float[] {0.5f, 0, 0, 0.5f},
        Initializer.identity(0.5).create(Shape.of(2, 2), generator).toFloatArray());
    Tensor dirac = Initializer.dirac(2).create(Shape.of(4, 3, 5), generator);
    assertEquals(4, dirac.sum().item());
    for (int out = 0; out < 4; out++) {
      assertEquals(1, dirac.get(out, out % 2, 2));
    }
    Tensor square = Initializer.dirac(1).create(Shape.of(2, 2, 3, 4), generator);
    assertEquals(1, square.get(1, 1, 1, 2));
    assertEquals(2, square.sum().item());
    assertEquals(0, generator.position());
  }

  @Test
  void chronoBiasesAreLogarithmsOfUniformTimes() {
    double[] times = draw(Initializer.chrono(101), 5).exp().toDoubleArray();
    assertTrue(Arrays.stream(times).allMatch(t -> t >= 1 - 1e-5 && t <= 100 + 1e-3));
    assertEquals(50.5, Arrays.stream(times).average().orElseThrow(), 0.6);
    LstmCell lstm = new LstmCell(2, 3, new Generator(1)).chronoBias(50, new Generator(2));
    List<Tensor> gates = lstm.parameters().get("bias_ih").value().chunk(4);
    assertTrue(gates.get(1).min().item() >= 0 && gates.get(1).max().item() > 0);
    assertArrayEquals(gates.get(1).neg().toFloatArray(), gates.get(0).toFloatArray());
    assertEquals(0, Tensor.cat(gates.subList(2, 4), 0).abs().max().item());
    assertEquals(0, lstm.parameters().get("bias_hh").value().abs().max().item());
    GruCell gru = new GruCell(2, 3, new Generator(1));
    gru.to(DType.F64);
    gru.chronoBias(50, new Generator(2));
    List<Tensor> blocks = gru.parameters().get("bias_ih").value().chunk(3);
    assertArrayEquals(gates.get(1).to(DType.F64).toDoubleArray(), blocks.get(1).toDoubleArray());
    assertEquals(0, blocks.get(0).abs().max().item() + blocks.get(2).abs().max().item());
    LstmCell without = LstmCell.withoutBias(2, 3, new Generator(1));
    assertThrows(IllegalStateException.class, () -> without.chronoBias(50, new Generator(2)));
  }

  @Test
  void aUnitaryMatrixTimesItsConjugateTransposeIsTheIdentity() {
    Tensor u = Initializer.unitary().create(Shape.of(2, 9, 9), new Generator(4)).to(DType.F64);
    Tensor re = u.select(0, 0);
    Tensor im = u.select(0, 1);
    Tensor real = re.matmul(re.t()).add(im.matmul(im.t()));
    Tensor imaginary = im.matmul(re.t()).sub(re.matmul(im.t()));
    assertTrue(real.sub(Tensor.eye(DType.F64, 9)).abs().max().item() <= 1e-6);
    assertTrue(imaginary.abs().max().item() <= 1e-6);
    assertTrue(im.abs().max().item() > 0.1);
  }

  @Test
  void gainsKeepTheMeanSquareOfNormalValues() {
    Tensor x = draw(Initializer.normal(1), 11).to(DType.F64);
    assertEquals(1, x.mul(Gain.RELU).relu().square().mean().item(), 0.05);
    assertEquals(1, x.mul(Gain.leakyRelu(0.3)).leakyRelu(0.3).square().mean().item(), 0.05);
    assertEquals(1, Gain.LINEAR);
    // Conventions, not derivations: PyTorch's calculate_gain.
    assertEquals(1.6667, Gain.TANH, 1e-4);
    assertEquals(0.75, Gain.SELU);
  }

  @Test
  void settingsAndShapesOutOfRangeAreRefused() {
    Generator g = new Generator(1);
    assertThrows(IllegalArgumentException.class, () -> Initializer.truncatedNormal(0, 1, 2, 2));
    assertThrows(IllegalArgumentException.class, () -> Initializer.truncatedNormal(0, 0, 1, 2));
    assertThrows(IllegalArgumentException.class, () -> Initializer.sparse(1.1, 1));
    assertThrows(IllegalArgumentException.class, () -> Initializer.chrono(2));
    assertThrows(IllegalArgumentException.class, () -> Initializer.dirac(0));
    var matrix =
        assertThrows(
            IllegalArgumentException.class, () -> Initializer.eye().create(Shape.of(3), g));
    assertEquals("identity: a matrix is needed, not a weight [3]", matrix.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Initializer.sparse(0.5, 1).create(Shape.of(2, 2, 2), g));
    var kernel =
        assertThrows(
            IllegalArgumentException.class,
            () -> Initializer.dirac(2).create(Shape.of(3, 1, 1), g));
    assertEquals(
        "dirac: a weight [out, in, kernel, ...] of rank 3 to 5 is needed, its outputs in 2"
            + " groups, not [3, 1, 1]",
        kernel.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> Initializer.unitary().create(Shape.of(2, 3, 2), g));
  }

  @Test
  void theSpectralRadiusIsThatOfKnownMatrices() {
    double angle = 0.3;
    // A rotation by 0.3 times 0.9, and an eigenvalue of 0.5 that a shear ties to it.
    Tensor known =
        Tensor.ofDoubles(
            Shape.of(3, 3),
            0.9 * Math.cos(angle),
            -0.9 * Math.sin(angle),
            5,
            0.9 * Math.sin(angle),
            0.9 * Math.cos(angle),
            -7,
            0,
            0,
            0.5);
    assertEquals(0.9, SpectralRadius.of(known), 1e-6);
    assertEquals(0, SpectralRadius.of(Tensor.ofDoubles(Shape.of(2, 2), 0, 1, 0, 0)));
    Tensor drawn = Initializer.spectralRadius(0.95).create(Shape.of(40, 40), new Generator(4));
    assertEquals(0.95, SpectralRadius.of(drawn.to(DType.F64)), 1e-5);
    assertThrows(
        IllegalArgumentException.class,
        () -> Initializer.spectralRadius(1).create(Shape.of(3, 4), new Generator(4)));
  }
}
