package org.tapeloop.nn.softmax;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;

class AdaptiveSoftmaxTest {
  private static final int SIZE = 8;
  private static final int CLASSES = 12;
  private static final IntTensor TARGETS = IntTensor.of(0, 3, 4, 7, 11, 5, 2);

  static Tensor normal(long seed, int... extents) {
    return Tensor.normal(new RandomStream(seed, 0), DType.F64, Shape.of(extents), 0, 1);
  }

  private static AdaptiveSoftmax adaptive(boolean headBias) {
    AdaptiveSoftmax softmax =
        new AdaptiveSoftmax(SIZE, CLASSES, new int[] {4, 7}, 2, headBias, new Generator(3));
    softmax.to(DType.F64);
    return softmax;
  }

  /** Checks the derivatives of a loss by every parameter, and that each gets a gradient. */
  static void checkParameters(Layer layer, Supplier<Tensor> loss) {
    layer
        .parameters()
        .forEach(
            (name, parameter) ->
                GradCheck.check(w -> layer.withValues(Map.of(name, w), loss), parameter.value()));
    loss.get()
        .gradients(layer.values())
        .forEach((of, gradient) -> assertTrue(gradient.abs().max().item() > 0));
  }

  static void refused(Class<? extends RuntimeException> kind, String message, Executable body) {
    String said = assertThrows(kind, body).getMessage();
    assertTrue(said.contains(message), said);
  }

  /** Probabilities of all classes of one row, in plain loops. */
  private static double[] plain(AdaptiveSoftmax softmax, Tensor hidden, int row) {
    Map<String, Tensor> w = new HashMap<>();
    softmax.parameters().forEach((name, parameter) -> w.put(name, parameter.value()));
    double[] h = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      h[i] = hidden.get(row, i);
    }
    double[] head = times(w.get("head.weight"), h);
    for (int c = 0; w.containsKey("head.bias") && c < head.length; c++) {
      head[c] += w.get("head.bias").get(c);
    }
    double[] inHead = normalised(head);
    double[] all = new double[CLASSES];
    System.arraycopy(inHead, 0, all, 0, 4);
    int[] first = {4, 7};
    for (int k = 0; k < 2; k++) {
      double[] small = times(w.get("tail." + k + ".0.weight"), h);
      double[] cluster = normalised(times(w.get("tail." + k + ".1.weight"), small));
      for (int c = 0; c < cluster.length; c++) {
        all[first[k] + c] = inHead[4 + k] * cluster[c];
      }
    }
    return all;
  }

  private static double[] times(Tensor w, double[] x) {
    double[] y = new double[w.extent(0)];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += w.get(i, j) * x[j];
      }
    }
    return y;
  }

  /** Powers of e of the scores, divided by their sum. */
  static double[] normalised(double[] scores) {
    double sum = 0;
    for (double score : scores) {
      sum += Math.exp(score);
    }
    double total = sum;
    return Arrays.stream(scores).map(s -> Math.exp(s) / total).toArray();
  }

  @Test
  void itIsTheFullSoftmaxFormedByHand() {
    for (boolean headBias : new boolean[] {false, true}) {
      AdaptiveSoftmax softmax = adaptive(headBias);
      Tensor hidden = normal(1, 7, SIZE).mul(2);
      Tensor all = softmax.logProbabilities(hidden);
      AdaptiveSoftmax.Result result = softmax.forward(hidden, TARGETS);
      int[] predicted = softmax.predict(hidden).toArray();
      double sum = 0;
      for (int row = 0; row < 7; row++) {
        double[] p = plain(softmax, hidden, row);
        double total = 0;
        int best = 0;
        for (int c = 0; c < CLASSES; c++) {
          assertEquals(Math.log(p[c]), all.get(row, c), 1e-10);
          total += p[c];
          best = p[c] > p[best] ? c : best;
        }
        assertEquals(1, total, 1e-12);
        assertEquals(best, predicted[row]);
        assertEquals(Math.log(p[TARGETS.flat(row)]), result.output().get(row), 1e-10);
        sum -= Math.log(p[TARGETS.flat(row)]);
      }
      assertEquals(sum / 7, result.loss().item(), 1e-10);
    }
  }

  @Test
  void predictionsLookIntoClustersWhereTheHeadPrefersThem() {
    AdaptiveSoftmax softmax = adaptive(true);
    Set<Integer> seen = new HashSet<>();
    for (int seed = 0; seed < 20; seed++) {
      Tensor hidden = normal(50 + seed, 7, SIZE).mul(6);
      int[] predicted = softmax.predict(hidden).toArray();
      assertArrayEquals(softmax.logProbabilities(hidden).argmax(1).toArray(), predicted);
      IntStream.of(predicted).forEach(seen::add);
    }
    assertTrue(
        seen.stream().anyMatch(c -> c < 4) && seen.stream().anyMatch(c -> c >= 7), "" + seen);
  }

  @Test
  void parametersHavePyTorchsNamesAndShapes() {
    AdaptiveSoftmax softmax =
        new AdaptiveSoftmax(64, 100, new int[] {10, 40}, 4, true, new Generator(1));
    Map<String, Shape> shapes = new LinkedHashMap<>();
    softmax.parameters().forEach((name, p) -> shapes.put(name, p.shape()));
    assertEquals(
        Map.of(
            "head.weight", Shape.of(12, 64),
            "head.bias", Shape.of(12),
            "tail.0.0.weight", Shape.of(16, 64),
            "tail.0.1.weight", Shape.of(30, 16),
            "tail.1.0.weight", Shape.of(4, 64),
            "tail.1.1.weight", Shape.of(60, 4)),
        shapes);
  }

  @Test
  void derivativesAreRight() {
    AdaptiveSoftmax softmax = adaptive(true);
    Tensor hidden = normal(2, 7, SIZE);
    GradCheck.check(h -> softmax.forward(h, TARGETS).output(), hidden);
    GradCheck.check(h -> softmax.logProbabilities(h).square(), hidden);
    checkParameters(softmax, () -> softmax.forward(hidden, TARGETS).loss());
  }

  @Test
  void targetsOfTheHeadAloneOrOfAClusterAloneAreFine() {
    AdaptiveSoftmax softmax = adaptive(false);
    Tensor hidden = normal(3, 2, SIZE);
    Tensor all = softmax.logProbabilities(hidden);
    for (int c : new int[] {1, 5, 9}) {
      Tensor output = softmax.forward(hidden, IntTensor.of(c, c)).output();
      assertEquals(all.get(0, c), output.get(0), 1e-12);
      assertEquals(all.get(1, c), output.get(1), 1e-12);
    }
  }

  @Test
  void paddingCountsInNoLoss() {
    AdaptiveSoftmax softmax = adaptive(false);
    Lengths lengths = Lengths.of(3, 1);
    Tensor h = normal(4, 3, 2, SIZE);
    Tensor spoilt = lengths.mask(DType.F64, 3).where(h, h.zerosLike().add(Double.NaN)).leaf();
    IntTensor targets = IntTensor.of(Shape.of(3, 2), 1, 4, 9, -7, 5, 99);
    Tensor real = h.reshape(6, SIZE).indexSelect(0, IntTensor.of(0, 1, 2, 4));
    Tensor loss = softmax.loss(spoilt, targets, lengths);
    assertEquals(softmax.forward(real, IntTensor.of(1, 4, 9, 5)).loss().item(), loss.item(), 1e-12);
    Tensor gradient = loss.gradients(spoilt).get(spoilt);
    assertEquals(0, gradient.select(1, 1).narrow(0, 1, 2).abs().max().item());
  }

  @Test
  void whatItCannotDoIsRefused() {
    Generator generator = new Generator(1);
    Class<IllegalArgumentException> illegal = IllegalArgumentException.class;
    refused(
        illegal,
        "must ascend within 1..11",
        () -> new AdaptiveSoftmax(8, 12, new int[] {4, 4}, generator));
    refused(
        illegal,
        "must ascend within 1..11",
        () -> new AdaptiveSoftmax(8, 12, new int[] {12}, generator));
    refused(
        illegal,
        "must ascend within 1..11",
        () -> new AdaptiveSoftmax(8, 12, new int[0], generator));
    refused(
        illegal,
        "cluster 1 would have a projection of 8 / 4.0^2",
        () -> new AdaptiveSoftmax(8, 12, new int[] {4, 7}, generator));
    AdaptiveSoftmax softmax = adaptive(false);
    refused(illegal, "hidden must be [rows, 8]", () -> softmax.logProbabilities(normal(1, 2, 7)));
    refused(
        illegal,
        "wants targets [2], not [3]",
        () -> softmax.forward(normal(1, 2, 8), IntTensor.of(1, 2, 3)));
    refused(
        IndexOutOfBoundsException.class,
        "target 12, element 1, is not in 0..11",
        () -> softmax.forward(normal(1, 2, 8), IntTensor.of(1, 12)));
  }
}
