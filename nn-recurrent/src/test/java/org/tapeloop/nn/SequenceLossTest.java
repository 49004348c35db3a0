package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class SequenceLossTest {
  private static final int T = 3;
  private static final int B = 2;
  private static final int C = 4;
  private static final int[] TARGETS = {1, 0, 3, 2, 0, 1};

  private final Tensor logits =
      Tensor.normal(new Generator(1).next(), DType.F64, Shape.of(T, B, C), 0, 2);
  private final IntTensor targets = IntTensor.of(Shape.of(T, B), TARGETS);
  private final Lengths lengths = Lengths.of(3, 1);

  /** One step of one sequence, from the definition. */
  private double nats(int t, int b) {
    double total = 0;
    for (int c = 0; c < C; c++) {
      total += Math.exp(logits.get(t, b, c));
    }
    return Math.log(total) - logits.get(t, b, TARGETS[t * B + b]);
  }

  @Test
  void crossEntropyIsTheMeanOverAllSteps() {
    double sum = 0;
    for (int t = 0; t < T; t++) {
      sum += nats(t, 0) + nats(t, 1);
    }
    assertEquals(sum / (T * B), SequenceLoss.crossEntropy(logits, targets).item(), 1e-12);
  }

  @Test
  void nothingReducedGivesOneLossAStep() {
    Tensor each =
        SequenceLoss.crossEntropy(logits, targets, CrossEntropy.MEAN.reducing(Reduction.NONE));
    assertEquals(Shape.of(T, B), each.shape());
    assertEquals(nats(2, 1), each.get(2, 1), 1e-12);
  }

  @Test
  void ignoredTargetsDoNotCount() {
    double ignored =
        SequenceLoss.crossEntropy(logits, targets, CrossEntropy.MEAN.ignoring(0)).item();
    assertEquals((nats(0, 0) + nats(1, 0) + nats(1, 1) + nats(2, 1)) / 4, ignored, 1e-12);
  }

  @Test
  void paddingDoesNotCountWhateverStandsInIt() {
    int[] marked = TARGETS.clone();
    marked[1 * B + 1] = 99;
    marked[2 * B + 1] = -7;
    Tensor spoiled = spoilPadding(logits).leaf();
    Tensor loss = SequenceLoss.crossEntropy(spoiled, IntTensor.of(Shape.of(T, B), marked), lengths);
    double expected = (nats(0, 0) + nats(1, 0) + nats(2, 0) + nats(0, 1)) / 4;
    assertEquals(expected, loss.item(), 1e-12);
    Tensor g = loss.gradients(spoiled).get(spoiled);
    assertArrayEquals(new double[C], g.select(0, 2).select(0, 1).toDoubleArray());
  }

  @Test
  void optionsHoldWithinTheSequences() {
    CrossEntropy options =
        CrossEntropy.MEAN.ignoring(0).weighted(Tensor.ones(DType.F64, Shape.of(C)).mul(2));
    double[] each =
        SequenceLoss.crossEntropy(
                spoilPadding(logits), targets, lengths, options.reducing(Reduction.NONE))
            .toDoubleArray();
    double sum = 0;
    int count = 0;
    for (int i = 0; i < T * B; i++) {
      boolean counts = i / B < lengths.get(i % B) && TARGETS[i] != 0;
      assertEquals(counts ? 2 * nats(i / B, i % B) : 0, each[i], 1e-12);
      sum += counts ? nats(i / B, i % B) : 0;
      count += counts ? 1 : 0;
    }
    Tensor mean = SequenceLoss.crossEntropy(logits, targets, lengths, options);
    assertEquals(sum / count, mean.item(), 1e-12);
  }

  @Test
  void aTargetInsideASequenceThatIsNoClassIsRefused() {
    for (int bad : new int[] {-1, C}) {
      int[] marked = TARGETS.clone();
      marked[2 * B] = bad;
      IntTensor wrong = IntTensor.of(Shape.of(T, B), marked);
      var error =
          assertThrows(
              IndexOutOfBoundsException.class,
              () -> SequenceLoss.crossEntropy(logits, wrong, lengths));
      assertEquals(
          "crossEntropy: target %d at step 2 of sequence 0 is not in 0..%d".formatted(bad, C - 1),
          error.getMessage());
    }
  }

  private Tensor spoilPadding(Tensor x) {
    Tensor nan = Tensor.full(DType.F64, x.shape(), Double.NaN);
    return lengths.mask(DType.F64, T).where(x, nan);
  }

  @Test
  void meanSquareErrorLeavesPaddingOut() {
    Tensor target = logits.mul(0.5);
    Tensor output = spoilPadding(logits).leaf();
    Tensor loss = SequenceLoss.mse(output, target, lengths);
    double sum = 0;
    for (int c = 0; c < C; c++) {
      for (int t = 0; t < T; t++) {
        sum += Math.pow(logits.get(t, 0, c) / 2, 2);
      }
      sum += Math.pow(logits.get(0, 1, c) / 2, 2);
    }
    assertEquals(sum / (4 * C), loss.item(), 1e-12);
    Tensor g = loss.gradients(output).get(output);
    assertArrayEquals(new double[C], g.select(0, 1).select(0, 1).toDoubleArray());
    assertEquals(
        logits.square().mean().item() / 4, SequenceLoss.mse(logits, target, null).item(), 1e-12);
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> SequenceLoss.crossEntropy(logits, IntTensor.of(1, 2)));
    assertEquals("crossEntropy: logits [3, 2, 4] want targets [3, 2], not [2]", error.getMessage());
    Tensor matrix = logits.select(0, 0);
    assertThrows(
        IllegalArgumentException.class,
        () -> SequenceLoss.crossEntropy(matrix, IntTensor.of(0, 1)));
    assertThrows(IllegalArgumentException.class, () -> SequenceLoss.mse(matrix, matrix, lengths));
    assertThrows(
        IllegalArgumentException.class, () -> SequenceLoss.mse(logits, logits, Lengths.of(4, 1)));
    for (int axis : new int[] {0, 1, 2}) {
      Tensor narrow = logits.narrow(axis, 0, 1);
      assertThrows(IllegalArgumentException.class, () -> SequenceLoss.mse(logits, narrow, lengths));
    }
  }

  @Test
  void theLossOfAnAffineMapIsThatOfItsScores() {
    Generator generator = new Generator(5);
    Linear map = new Linear(2, C, generator);
    map.to(DType.F64);
    Tensor features = Tensor.normal(generator.next(), DType.F64, Shape.of(T, B, 2), 0, 2);
    Tensor spoiled = spoilPadding(features).leaf();
    CrossEntropy options = CrossEntropy.MEAN.ignoring(3);
    for (Lengths given : new Lengths[] {null, lengths}) {
      Tensor x = given == null ? features.leaf() : spoiled;
      Tensor expected = SequenceLoss.crossEntropy(map.forward(x), targets, given, options);
      Tensor actual = SequenceLoss.crossEntropy(x, map, targets, given, options);
      assertEquals(expected.item(), actual.item(), 1e-12);
      assertArrayEquals(
          expected.gradients(x).get(x).toDoubleArray(),
          actual.gradients(x).get(x).toDoubleArray(),
          1e-12);
    }
    assertEquals(
        SequenceLoss.crossEntropy(map.forward(features), targets).item(),
        SequenceLoss.crossEntropy(features, map, targets).item(),
        1e-12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "vector", "openblas"})
  void theLossOfAnAffineMapToManyClassesIsTheSameOnEachBackend(String backend) {
    for (DType dtype : DType.values()) {
      Generator generator = new Generator(6);
      Linear map = new Linear(17, 1003, generator);
      map.to(dtype);
      Tensor x = Tensor.normal(generator.next(), dtype, Shape.of(7, 5, 17), 0, 2).leaf();
      IntTensor classes = IntTensor.of(Shape.of(7, 5), new Random(1).ints(35, 0, 1003).toArray());
      List<Tensor> wrt = new ArrayList<>(map.values());
      wrt.add(x);
      Tensor expected =
          Backends.use(
              "reference", () -> all(SequenceLoss.crossEntropy(map.forward(x), classes), wrt));
      Tensor actual =
          Backends.use(backend, () -> all(SequenceLoss.crossEntropy(x, map, classes), wrt));
      double error = expected.sub(actual).abs().max().item();
      assertEquals(0, error, 100 * dtype.epsilon());
    }
  }

  /** A loss and its gradients, one after another. */
  private static Tensor all(Tensor loss, List<Tensor> wrt) {
    List<Tensor> parts = new ArrayList<>(List.of(loss.detach().reshape(1)));
    loss.gradients(wrt).values().forEach(gradient -> parts.add(gradient.reshape(-1)));
    return Tensor.cat(parts, 0);
  }
}
