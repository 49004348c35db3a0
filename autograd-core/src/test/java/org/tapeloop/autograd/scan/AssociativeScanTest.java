package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class AssociativeScanTest {
  private final Generator generator = new Generator(31);

  private Tensor random(DType dtype, int... extents) {
    return Tensor.uniform(generator.next(), dtype, Shape.of(extents), -0.99, 0.99);
  }

  /** One operation after the other, each on the tape. */
  private static Tensor sequential(Tensor a, Tensor b, Tensor initial, boolean complex) {
    List<Tensor> all = new ArrayList<>();
    Tensor h = initial;
    for (int t = 0; t < a.extent(0); t++) {
      Tensor factor = a.select(0, t);
      if (complex) {
        List<Tensor> x = factor.chunk(2);
        List<Tensor> y = h.chunk(2);
        h =
            Tensor.cat(
                List.of(
                    x.get(0).mul(y.get(0)).sub(x.get(1).mul(y.get(1))),
                    x.get(0).mul(y.get(1)).add(x.get(1).mul(y.get(0)))),
                -1);
      } else {
        h = factor.mul(h);
      }
      h = h.add(b.select(0, t));
      all.add(h);
    }
    return Tensor.stack(all, 0);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "7,2,4", "100,3,300", "5,1,2", "3,0,2"})
  void resultsAreThoseOfOneStepAfterTheOtherBitForBit(int time, int batch, int size) {
    for (DType dtype : DType.values()) {
      Tensor a = random(dtype, time, batch, size);
      Tensor b = random(dtype, time, batch, size);
      Tensor initial = random(dtype, batch, size);
      assertArrayEquals(
          sequential(a, b, initial, false).toDoubleArray(),
          AssociativeScan.of(a, b, initial).toDoubleArray());
      Tensor strided = a.flip(0);
      assertArrayEquals(
          sequential(strided, b, initial, false).toDoubleArray(),
          AssociativeScan.of(strided, b, initial).toDoubleArray());
      if (size % 2 == 0) {
        assertArrayEquals(
            sequential(a, b, initial, true).toDoubleArray(),
            AssociativeScan.ofComplex(a, b, initial).toDoubleArray());
      }
    }
  }

  /** Values, gradients, and gradients of a function of the gradients. */
  private static List<double[]> everything(Tensor h, List<Tensor> leaves) {
    Tensor[] wrt = leaves.toArray(Tensor[]::new);
    List<double[]> all = new ArrayList<>(List.of(h.toDoubleArray()));
    Map<Tensor, Tensor> first = h.sin().sum().gradients(leaves, GraphMode.CREATE);
    Tensor bent = Tensor.scalar(DType.F64, 0);
    for (Tensor leaf : leaves) {
      all.add(first.get(leaf).toDoubleArray());
      bent = bent.add(first.get(leaf).square().sum());
    }
    Map<Tensor, Tensor> second = bent.gradients(wrt);
    leaves.forEach(leaf -> all.add(second.get(leaf).toDoubleArray()));
    return all;
  }

  @ParameterizedTest
  @CsvSource({"4096,1", "4097,2", "9001,1"})
  void longSequencesInChunksEqualTheStepsInAllOrders(int time, int size) {
    List<Tensor> leaves =
        List.of(
            random(DType.F64, time, 1, size).leaf(),
            random(DType.F64, time, 1, size).leaf(),
            random(DType.F64, 1, size).leaf());
    List<double[]> steps =
        everything(sequential(leaves.get(0), leaves.get(1), leaves.get(2), false), leaves);
    List<double[]> chunks =
        everything(AssociativeScan.of(leaves.get(0), leaves.get(1), leaves.get(2)), leaves);
    for (int i = 0; i < steps.size(); i++) {
      assertArrayEquals(steps.get(i), chunks.get(i), 1e-11, "result " + i);
    }
  }

  @Test
  void aChunkThatStartsFromZeroBearsFactorsBeyondTheRangeOfNumbers() {
    Tensor a = Tensor.full(DType.F32, Shape.of(4096, 1), 2);
    Tensor zeros = a.zerosLike();
    Tensor b = Tensor.cat(List.of(zeros.narrow(0, 0, 4095), Tensor.ones(1, 1)), 0);
    assertEquals(1, AssociativeScan.of(a, b, Tensor.zeros(1)).get(4095, 0));
  }

  @Test
  void derivativesAreThoseOfDifferences() {
    GradCheck.check(
        in -> AssociativeScan.of(in[0], in[1], in[2]),
        random(DType.F64, 4, 2, 3),
        random(DType.F64, 4, 2, 3),
        random(DType.F64, 2, 3));
    GradCheck.check(
        in -> AssociativeScan.ofComplex(in[0], in[1], in[2]),
        random(DType.F64, 4, 2, 4),
        random(DType.F64, 4, 2, 4),
        random(DType.F64, 2, 4));
    GradCheck.check(
        in -> AssociativeScan.of(in[0], in[1], in[2]),
        random(DType.F64, 1, 2),
        random(DType.F64, 1, 2),
        random(DType.F64, 2));
  }

  @Test
  void factorsThatAreTheSameAtAllSteps() {
    for (DType dtype : DType.values()) {
      Tensor a = random(dtype, 4).expand(Shape.of(6, 2, 4));
      Tensor b = random(dtype, 6, 2, 4);
      Tensor initial = random(dtype, 2, 4);
      assertArrayEquals(
          sequential(a, b, initial, false).toDoubleArray(),
          AssociativeScan.of(a, b, initial).toDoubleArray());
      assertArrayEquals(
          sequential(a, b, initial, true).toDoubleArray(),
          AssociativeScan.ofComplex(a, b, initial).toDoubleArray());
    }
    GradCheck.check(
        in -> AssociativeScan.of(in[0].expand(in[1].shape()), in[1], in[2]),
        random(DType.F64, 3),
        random(DType.F64, 4, 2, 3),
        random(DType.F64, 2, 3));
    GradCheck.check(
        in -> AssociativeScan.ofComplex(in[0].expand(in[1].shape()), in[1], in[2]),
        random(DType.F64, 4),
        random(DType.F64, 4, 2, 4),
        random(DType.F64, 2, 4));
  }

  @Test
  void logarithmsGiveWhatTheirPowersGive() {
    Tensor a = random(DType.F64, 6, 2, 3).mul(4);
    Tensor b = random(DType.F64, 6, 2, 3).mul(4);
    Tensor initial = random(DType.F64, 2, 3).square();
    assertArrayEquals(
        AssociativeScan.of(a.exp(), b.exp(), initial).toDoubleArray(),
        AssociativeScan.ofLogarithms(a, b, initial).toDoubleArray(),
        1e-9);
    GradCheck.DEFAULTS
        .withTolerance(1e-5)
        .verify(
            in -> AssociativeScan.ofLogarithms(in[0], in[1], in[2]), a.div(4), b.div(4), initial);
  }

  @Test
  void logarithmsReachBeyondTheRangeOfNumbers() {
    // Factors and terms of e^-200 and e^200 are 0 and infinity as F32.
    Tensor a = Tensor.of(-200, 200, -200, -200, 200).reshape(5, 1);
    Tensor b = Tensor.of(190, -300, -300, 201, Float.NEGATIVE_INFINITY).reshape(5, 1);
    Tensor zero = Tensor.zeros(1);
    float[] h = AssociativeScan.ofLogarithms(a, b.sub(195), zero).toFloatArray();
    assertArrayEquals(new float[] {(float) Math.exp(-5)}, Arrays.copyOf(h, 1), 1e-6f);
    assertTrue(Float.isInfinite(h[1]));
    assertEquals(Math.exp(-5), h[2], 1e-6);
    assertEquals(Math.exp(6), h[3], 1e-3);
    Tensor none = Tensor.full(DType.F32, Shape.of(3, 1), Double.NEGATIVE_INFINITY);
    assertArrayEquals(new float[3], AssociativeScan.ofLogarithms(none, none, zero).toFloatArray());
  }

  @Test
  void refusesWhatDoesNotFit() {
    Tensor a = Tensor.ones(4, 2, 3);
    var wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> AssociativeScan.of(a, Tensor.ones(4, 2, 2), Tensor.ones(2, 3)));
    assertEquals(
        "associative scan: factors [4, 2, 3], terms [4, 2, 2] and initial state [2, 3] do not fit",
        wrong.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> AssociativeScan.ofComplex(a, a, Tensor.ones(2, 3)));
    assertTrue(AssociativeScan.of(a, a, Tensor.zeros(2, 3)).get(3, 0, 0) == 4);
  }
}
