package org.tapeloop.nn.softmax;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
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
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;

class SoftmaxTest {
  private static final int SIZE = 8;
  private static final int CLASSES = 12;
  private static final IntTensor TARGETS = IntTensor.of(0, 3, 4, 7, 11, 5, 2);

  private static Tensor normal(long seed, int... extents) {
    return Tensor.normal(new RandomStream(seed, 0), DType.F64, Shape.of(extents), 0, 1);
  }

  private static AdaptiveSoftmax adaptive(boolean headBias) {
    AdaptiveSoftmax softmax =
        new AdaptiveSoftmax(SIZE, CLASSES, new int[] {4, 7}, 2, headBias, new Generator(3));
    softmax.to(DType.F64);
    return softmax;
  }

  private static void checkParameters(Layer layer, Supplier<Tensor> loss) {
    layer
        .parameters()
        .forEach(
            (name, parameter) ->
                GradCheck.check(w -> layer.withValues(Map.of(name, w), loss), parameter.value()));
    loss.get()
        .gradients(layer.values())
        .forEach((of, gradient) -> assertTrue(gradient.abs().max().item() > 0));
  }

  private static void refused(
      Class<? extends RuntimeException> kind, String message, Executable body) {
    String said = assertThrows(kind, body).getMessage();
    assertTrue(said.contains(message), said);
  }

  // ---- adaptive ----

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

  private static double[] normalised(double[] scores) {
    double sum = 0;
    for (double score : scores) {
      sum += Math.exp(score);
    }
    double total = sum;
    return Arrays.stream(scores).map(s -> Math.exp(s) / total).toArray();
  }

  @Test
  void theAdaptiveSoftmaxIsTheFullOneFormedByHand() {
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
  void derivativesOfTheAdaptiveSoftmaxAreRight() {
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
    Linear full = new Linear(SIZE, CLASSES, new Generator(8));
    full.to(DType.F64);
    SampledSoftmax sampled = SampledSoftmax.of(CLASSES, 5);
    Tensor h = normal(4, 3, 2, SIZE);
    Tensor spoilt =
        Lengths.of(3, 1).mask(DType.F64, 3).where(h, h.zerosLike().add(Double.NaN)).leaf();
    IntTensor targets = IntTensor.of(Shape.of(3, 2), 1, 4, 9, -7, 5, 99);
    Tensor real = h.reshape(6, SIZE).indexSelect(0, IntTensor.of(0, 1, 2, 4));
    IntTensor kept = IntTensor.of(1, 4, 9, 5);
    Tensor loss = softmax.loss(spoilt, targets, Lengths.of(3, 1));
    assertEquals(softmax.forward(real, kept).loss().item(), loss.item(), 1e-12);
    Tensor gradient = loss.gradients(spoilt).get(spoilt);
    assertEquals(0, gradient.select(1, 1).narrow(0, 1, 2).abs().max().item());
    assertEquals(
        sampled
            .losses(real, full.weight().value(), full.bias().value(), kept, new RandomStream(1, 2))
            .mean()
            .item(),
        sampled
            .loss(
                spoilt,
                full.weight().value(),
                full.bias().value(),
                targets,
                Lengths.of(3, 1),
                new RandomStream(1, 2))
            .item(),
        1e-12);
  }

  @Test
  void whatTheAdaptiveSoftmaxCannotDoIsRefused() {
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

  // ---- tied ----

  @Test
  void tiedOutputsScoreByTheEmbeddingsTable() {
    Embedding embedding = new Embedding(5, 3, new Generator(2));
    TiedOutput output = TiedOutput.of(embedding);
    TiedOutput projected = TiedOutput.projected(embedding, 4, new Generator(3));
    embedding.to(DType.F64);
    output.to(DType.F64);
    projected.to(DType.F64);
    Tensor h = normal(5, 2, 3);
    Tensor logits = output.forward(h);
    for (int row = 0; row < 2; row++) {
      for (int c = 0; c < 5; c++) {
        double dot = 0;
        for (int k = 0; k < 3; k++) {
          dot += h.get(row, k) * embedding.weight().value().get(c, k);
        }
        assertEquals(dot, logits.get(row, c), 1e-12);
      }
    }
    assertEquals(Shape.of(2, 7, 5), projected.forward(normal(6, 2, 7, 4)).shape());
    assertEquals(Set.of("embedding.weight", "bias"), output.parameters().keySet());
    assertEquals(
        Set.of("embedding.weight", "projection.weight", "bias"), projected.parameters().keySet());
  }

  @Test
  void theTablesGradientIsThatOfBothUses() {
    Embedding embedding = new Embedding(5, 3, new Generator(2));
    TiedOutput output = TiedOutput.of(embedding);
    output.to(DType.F64);
    IntTensor ids = IntTensor.of(1, 4);
    checkParameters(
        output,
        () -> output.forward(embedding.forward(ids).tanh()).crossEntropy(IntTensor.of(2, 0)));
  }

  // ---- sampled ----

  @Test
  void drawnClassesFollowZipfsLaw() {
    LogUniformSampler sampler = new LogUniformSampler(20, false);
    int[] counts = new int[20];
    int draws = 40_000;
    for (int c : sampler.draw(draws, new RandomStream(4, 0)).classes().toArray()) {
      counts[c]++;
    }
    double total = 0;
    for (int c = 0; c < 20; c++) {
      double p = sampler.probability(c);
      total += p;
      assertEquals(draws * p, counts[c], 5 * Math.sqrt(draws * p * (1 - p)), "class " + c);
      assertEquals(7 * p, sampler.expectedCount(c, 7), 1e-12);
    }
    assertEquals(1, total, 1e-12);
  }

  @Test
  void uniqueClassesAreDrawnAsOftenAsExpected() {
    LogUniformSampler sampler = new LogUniformSampler(12, true);
    double[] counts = new double[12];
    double[] expected = new double[12];
    int samples = 20_000;
    for (int s = 0; s < samples; s++) {
      LogUniformSampler.Sample sample = sampler.draw(4, new RandomStream(9, s));
      assertEquals(4, IntStream.of(sample.classes().toArray()).distinct().count());
      for (int c : sample.classes().toArray()) {
        counts[c] += 1.0 / samples;
      }
      for (int c = 0; c < 12; c++) {
        expected[c] += sampler.expectedCount(c, sample.draws()) / samples;
      }
    }
    // The number of draws depends on what is drawn, so the formula is an approximation.
    assertArrayEquals(expected, counts, 0.03);
  }

  @Test
  void inExpectationTheDrawnClassesMakeUpTheFullSum() {
    LogUniformSampler sampler = new LogUniformSampler(CLASSES, false);
    Tensor hidden = normal(7, 1, SIZE);
    Tensor weight = normal(8, CLASSES, SIZE).mul(0.3);
    double full = hidden.affine(weight, null).exp().sum().item();
    double mean = 0;
    double square = 0;
    int repetitions = 3000;
    for (int r = 0; r < repetitions; r++) {
      LogUniformSampler.Sample drawn = sampler.draw(10, new RandomStream(5, r));
      double sum = 0;
      for (int c : drawn.classes().toArray()) {
        double score = 0;
        for (int k = 0; k < SIZE; k++) {
          score += hidden.get(0, k) * weight.get(c, k);
        }
        sum += Math.exp(score) / sampler.expectedCount(c, drawn.draws());
      }
      mean += sum / repetitions;
      square += sum * sum / repetitions;
    }
    double deviation = Math.sqrt((square - mean * mean) / repetitions);
    assertEquals(full, mean, 4 * deviation);
  }

  @Test
  void theSampledLossIsItsEquationInPlainLoops() {
    SampledSoftmax softmax = SampledSoftmax.of(CLASSES, 6);
    Tensor hidden = normal(9, 4, SIZE);
    Tensor weight = normal(10, CLASSES, SIZE);
    Tensor bias = normal(11, CLASSES);
    IntTensor targets = IntTensor.of(0, 1, 7, 11);
    RandomStream stream = new RandomStream(2, 3);
    Tensor losses = softmax.losses(hidden, weight, bias, targets, stream);
    LogUniformSampler.Sample drawn = softmax.sampler().draw(6, stream);
    boolean hit = false;
    for (int row = 0; row < 4; row++) {
      List<Integer> candidates = new ArrayList<>(List.of(targets.flat(row)));
      for (int c : drawn.classes().toArray()) {
        hit |= c == targets.flat(row);
        if (c != targets.flat(row)) {
          candidates.add(c);
        }
      }
      double[] scores = new double[candidates.size()];
      for (int i = 0; i < scores.length; i++) {
        int c = candidates.get(i);
        double p = Math.log((c + 2.0) / (c + 1)) / Math.log(CLASSES + 1);
        scores[i] = bias.get(c) - Math.log(1 - Math.pow(1 - p, (double) drawn.draws()));
        for (int k = 0; k < SIZE; k++) {
          scores[i] += hidden.get(row, k) * weight.get(c, k);
        }
      }
      assertEquals(-Math.log(normalised(scores)[0]), losses.get(row), 1e-10);
    }
    assertTrue(hit, "no drawn class is a target; choose another stream");
  }

  @Test
  void allClassesDrawnGiveTheFullLossUpToTheCorrection() {
    // Every class drawn once: E is nearly 1 for each, and the sampled loss nearly the full one.
    SampledSoftmax softmax = SampledSoftmax.of(3, 3);
    Tensor hidden = normal(12, 2, SIZE);
    Tensor weight = normal(13, 3, SIZE);
    IntTensor targets = IntTensor.of(0, 2);
    double full = hidden.affine(weight, null).crossEntropy(targets).item();
    double mean = 0;
    for (int s = 0; s < 200; s++) {
      mean +=
          softmax.losses(hidden, weight, null, targets, new RandomStream(6, s)).mean().item() / 200;
    }
    assertEquals(full, mean, 0.15);
  }

  @Test
  void derivativesOfTheSampledLossAreRight() {
    SampledSoftmax softmax = SampledSoftmax.of(CLASSES, 6);
    IntTensor targets = IntTensor.of(0, 1, 7, 11);
    GradCheck.check(
        of -> softmax.losses(of[0], of[1], of[2], targets, new RandomStream(2, 3)),
        normal(9, 4, SIZE),
        normal(10, CLASSES, SIZE),
        normal(11, CLASSES));
  }

  @Test
  void whatTheSampledSoftmaxCannotDoIsRefused() {
    SampledSoftmax softmax = SampledSoftmax.of(CLASSES, 13);
    Tensor weight = normal(1, CLASSES, SIZE);
    Class<IllegalArgumentException> illegal = IllegalArgumentException.class;
    refused(
        illegal,
        "13 of 12 classes can't be drawn",
        () ->
            softmax.losses(
                normal(1, 1, SIZE), weight, null, IntTensor.of(1), new RandomStream(1, 1)));
    refused(
        illegal,
        "are not [N, H], [12, H], [12] and [N]",
        () ->
            softmax.losses(normal(1, 1, 7), weight, null, IntTensor.of(1), new RandomStream(1, 1)));
    refused(
        IndexOutOfBoundsException.class,
        "target 12, element 0",
        () ->
            softmax.losses(
                normal(1, 1, SIZE), weight, null, IntTensor.of(12), new RandomStream(1, 1)));
  }
}
