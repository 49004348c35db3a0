package org.tapeloop.nn.softmax;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tapeloop.nn.softmax.AdaptiveSoftmaxTest.normal;
import static org.tapeloop.nn.softmax.AdaptiveSoftmaxTest.normalised;
import static org.tapeloop.nn.softmax.AdaptiveSoftmaxTest.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

class SampledSoftmaxTest {
  private static final int SIZE = 8;
  private static final int CLASSES = 12;

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
  void theLossIsItsEquationInPlainLoops() {
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
  void paddingCountsInNoLoss() {
    SampledSoftmax softmax = SampledSoftmax.of(CLASSES, 5);
    Tensor weight = normal(14, CLASSES, SIZE);
    Tensor bias = normal(15, CLASSES);
    Lengths lengths = Lengths.of(3, 1);
    Tensor h = normal(4, 3, 2, SIZE);
    Tensor spoilt = lengths.mask(DType.F64, 3).where(h, h.zerosLike().add(Double.NaN));
    IntTensor targets = IntTensor.of(Shape.of(3, 2), 1, 4, 9, -7, 5, 99);
    Tensor real = h.reshape(6, SIZE).indexSelect(0, IntTensor.of(0, 1, 2, 4));
    IntTensor kept = IntTensor.of(1, 4, 9, 5);
    RandomStream stream = new RandomStream(1, 2);
    assertEquals(
        softmax.losses(real, weight, bias, kept, stream).mean().item(),
        softmax.loss(spoilt, weight, bias, targets, lengths, stream).item(),
        1e-12);
  }

  @Test
  void derivativesAreRight() {
    SampledSoftmax softmax = SampledSoftmax.of(CLASSES, 6);
    IntTensor targets = IntTensor.of(0, 1, 7, 11);
    GradCheck.check(
        of -> softmax.losses(of[0], of[1], of[2], targets, new RandomStream(2, 3)),
        normal(9, 4, SIZE),
        normal(10, CLASSES, SIZE),
        normal(11, CLASSES));
  }

  @Test
  void whatItCannotDoIsRefused() {
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
