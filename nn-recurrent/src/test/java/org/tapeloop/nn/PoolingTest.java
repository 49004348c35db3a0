package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.attention.AttentionPooling;

class PoolingTest {
  private static final int TIME = 5;
  private static final int BATCH = 3;
  private static final int SIZE = 4;
  private static final Lengths LENGTHS = Lengths.of(5, 2, 1);

  private static final AttentionPooling ATTENTION = attention();

  private static AttentionPooling attention() {
    AttentionPooling attention = new AttentionPooling(SIZE, 3, new Generator(4));
    attention.to(DType.F64);
    return attention;
  }

  private static Stream<Pooling> poolings() {
    return Stream.of(Pooling.LAST, Pooling.MEAN, Pooling.MAX, ATTENTION);
  }

  private static Tensor outputs(long seed) {
    return Tensor.normal(new Generator(seed).next(), DType.F64, Shape.of(TIME, BATCH, SIZE), 0, 1);
  }

  /** One number of the result in plain loops. */
  private static double plain(Pooling pooling, Tensor y, int length, int b, int r) {
    if (pooling == Pooling.LAST) {
      return y.get(length - 1, b, r);
    }
    double sum = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int t = 0; t < length; t++) {
      sum += y.get(t, b, r) / length;
      most = Math.max(most, y.get(t, b, r));
    }
    return pooling == Pooling.MEAN
        ? sum
        : pooling == Pooling.MAX ? most : attended(y, length, b, r);
  }

  private static double attended(Tensor y, int length, int b, int r) {
    Map<String, Parameter> all = ATTENTION.parameters();
    Tensor key = all.get("weight_key").value();
    double total = 0;
    double sum = 0;
    for (int t = 0; t < length; t++) {
      double score = 0;
      for (int a = 0; a < 3; a++) {
        double unit = all.get("bias").value().get(a);
        for (int k = 0; k < SIZE; k++) {
          unit += key.get(a, k) * y.get(t, b, k);
        }
        score += all.get("weight_score").value().get(a) * Math.tanh(unit);
      }
      total += Math.exp(score);
      sum += Math.exp(score) * y.get(t, b, r);
    }
    return sum / total;
  }

  @ParameterizedTest
  @MethodSource("poolings")
  void poolsTheStepsOfEachSequenceAlone(Pooling pooling) {
    Tensor y = outputs(1);
    for (Lengths lengths : new Lengths[] {LENGTHS, null}) {
      Tensor pooled = pooling.of(y, lengths);
      assertEquals(Shape.of(BATCH, SIZE), pooled.shape());
      for (int b = 0; b < BATCH; b++) {
        int length = lengths == null ? TIME : lengths.get(b);
        for (int r = 0; r < SIZE; r++) {
          assertEquals(plain(pooling, y, length, b, r), pooled.get(b, r), 1e-12);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("poolings")
  void paddingReachesNeitherResultNorGradient(Pooling pooling) {
    Tensor y = outputs(2);
    Tensor inside = LENGTHS.mask(DType.F64, TIME);
    Tensor spoilt = inside.where(y, y.zerosLike().add(Double.NaN)).leaf();
    Tensor clean = inside.where(y, y.zerosLike()).leaf();
    Tensor pooled = pooling.of(spoilt, LENGTHS);
    assertArrayEquals(pooling.of(clean, LENGTHS).toDoubleArray(), pooled.toDoubleArray());
    double[] gradient = pooled.square().sum().gradients(spoilt).get(spoilt).toDoubleArray();
    for (int i = 0; i < gradient.length; i++) {
      boolean padding = i / (BATCH * SIZE) >= LENGTHS.get(i / SIZE % BATCH);
      assertTrue(!padding || gradient[i] == 0, "element " + i + " got " + gradient[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("poolings")
  void derivativesAreRight(Pooling pooling) {
    GradCheck.check(y -> pooling.of(y, LENGTHS).square(), outputs(3));
    if (pooling instanceof AttentionPooling attention) {
      Tensor y = outputs(4);
      attention
          .parameters()
          .forEach(
              (name, parameter) ->
                  GradCheck.check(
                      w -> attention.withValues(Map.of(name, w), () -> attention.of(y, LENGTHS)),
                      parameter.value()));
    }
  }

  @Test
  void aPooledLayerGivesOneVectorASequenceAndNamesItsParts() {
    Generator generator = new Generator(6);
    Pooled<LstmState> layer =
        new Pooled<>(
            Recurrent.forward(new LstmCell(3, SIZE, generator)),
            new AttentionPooling(SIZE, 2, generator));
    assertTrue(layer.parameters().containsKey("weight_ih"));
    assertTrue(layer.parameters().containsKey("pooling.weight_score"));
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(TIME, BATCH, 3), 0, 1);
    Tensor together = layer.forward(x, LENGTHS);
    Tensor alone = layer.forward(x.narrow(1, 1, 1).narrow(0, 0, 2), null);
    assertArrayEquals(alone.toFloatArray(), together.narrow(0, 1, 1).toFloatArray(), 1e-6f);
  }

  @Test
  void whatDoesNotFitIsNamed() {
    refused(
        "pooling: outputs must be [time, batch, features] with at least one step, not [3, 4]",
        () -> Pooling.MEAN.of(Tensor.zeros(3, 4), null));
    refused(
        "lengths: 3 given for a batch of 2", () -> Pooling.MAX.of(Tensor.zeros(5, 2, 4), LENGTHS));
    refused(
        "AttentionPooling: outputs must be [time, batch, 4], not [5, 3, 2]",
        () -> ATTENTION.of(Tensor.zeros(5, 3, 2), LENGTHS));
  }

  private static void refused(String message, Runnable body) {
    var thrown = assertThrows(IllegalArgumentException.class, body::run);
    assertEquals(message, thrown.getMessage());
  }
}
