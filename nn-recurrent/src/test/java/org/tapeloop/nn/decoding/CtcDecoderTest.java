package org.tapeloop.nn.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.decoding.CtcDecoder.LabelModel;
import org.tapeloop.nn.decoding.CtcDecoder.Labelling;
import org.tapeloop.nn.loss.Ctc;
import org.tapeloop.nn.loss.Loss;

class CtcDecoderTest {
  private static final CtcDecoder DECODER = new CtcDecoder(0);

  /** 2 follows 1 well, and 1 begins well. */
  private static final LabelModel LANGUAGE =
      (before, label) ->
          before.length == 0
              ? (label == 1 ? -0.2 : -1.7)
              : (before[before.length - 1] + 1 == label ? -0.1 : -2.3);

  private static Tensor table(int seed, int time, int classes) {
    return Tensor.normal(new RandomStream(seed, 0), DType.F64, Shape.of(time, classes), 0, 1.5)
        .logSoftmax(1);
  }

  /** The log-probability of labels from the loss, which is checked against all paths. */
  private static double logProbability(Tensor table, IntTensor labels) {
    return -Loss.ctc(
            table.unsqueeze(1),
            labels.reshape(1, labels.size()),
            IntTensor.of(table.extent(0)),
            IntTensor.of(labels.size()),
            Ctc.MEAN.reducing(Reduction.NONE))
        .item();
  }

  @Test
  void aBeamWideEnoughAddsUpEveryPathOfEveryLabelling() {
    for (int seed = 0; seed < 5; seed++) {
      Tensor table = table(seed, 4, 3);
      List<Labelling> found = DECODER.prefixBeam(table, 1000);
      double total = 0;
      for (int i = 0; i < found.size(); i++) {
        Labelling each = found.get(i);
        assertEquals(logProbability(table, each.labels()), each.score(), 1e-12);
        assertEquals(each.score(), each.rank());
        assertTrue(i == 0 || each.score() <= found.get(i - 1).score());
        total += Math.exp(each.score());
      }
      assertEquals(1, total, 1e-12);
    }
  }

  @Test
  void aLanguageModelAndABonusReorderTheLabellings() {
    double weight = 3;
    double bonus = 0.3;
    Tensor table = table(1, 4, 4);
    Map<IntTensor, Double> expected = new HashMap<>();
    for (Labelling each : DECODER.prefixBeam(table, 10_000)) {
      int[] labels = each.labels().toArray();
      double language = 0;
      for (int k = 0; k < labels.length; k++) {
        language += LANGUAGE.logProbability(Arrays.copyOf(labels, k), labels[k]);
      }
      expected.put(each.labels(), each.score() + weight * language + bonus * labels.length);
    }
    List<Labelling> found = DECODER.prefixBeam(table, 10_000, LANGUAGE, weight, bonus);
    assertEquals(expected.size(), found.size());
    double before = Double.POSITIVE_INFINITY;
    for (Labelling each : found) {
      assertEquals(expected.get(each.labels()), each.rank(), 1e-12);
      assertTrue(each.rank() <= before);
      before = each.rank();
    }
    IntTensor without = DECODER.prefixBeam(table, 9).getFirst().labels();
    assertNotEquals(without, found.getFirst().labels());
  }

  @Test
  void greedyMergesRepeatsBeforeItDropsBlanks() {
    double[] rows = new double[7 * 3];
    int[] path = {1, 1, 0, 1, 2, 2, 0};
    for (int t = 0; t < path.length; t++) {
      rows[t * 3 + path[t]] = 1 + t;
    }
    var found = DECODER.greedy(Tensor.ofDoubles(Shape.of(7, 3), rows));
    assertArrayEquals(path, found.path().toArray());
    assertArrayEquals(new int[] {1, 1, 2}, found.labels().toArray());
    assertEquals(28, found.score());
    assertEquals(0, DECODER.greedy(Tensor.zeros(2, 3)).labels().size());
  }

  @Test
  void aProbabilityThatIsNoNumberIsRefused() {
    Tensor spoilt = Tensor.ofDoubles(Shape.of(2, 3), -1, -1, -1, -1, Double.NaN, -1);
    String message =
        "ctc: the log-probability of class 1 in frame 1 is NaN; has training diverged?";
    for (Executable decoding :
        List.<Executable>of(() -> DECODER.greedy(spoilt), () -> DECODER.prefixBeam(spoilt, 2))) {
      assertEquals(message, assertThrows(ArithmeticException.class, decoding).getMessage());
    }
  }

  @Test
  void labelsOfProbabilityZeroAreNotFound() {
    double never = Double.NEGATIVE_INFINITY;
    var found = DECODER.prefixBeam(Tensor.ofDoubles(Shape.of(1, 3), never, 0, never), 5);
    assertEquals(1, found.size());
    assertArrayEquals(new int[] {1}, found.getFirst().labels().toArray());
    assertEquals(0, found.getFirst().score());
  }

  @Test
  void labelsThatTheLanguageModelForbidsAreNotFound() {
    LabelModel never = (before, label) -> label == 2 ? Double.NEGATIVE_INFINITY : -1;
    var found = DECODER.prefixBeam(table(1, 4, 4), 10_000, never, 1, 0);
    assertTrue(found.size() > 2);
    for (Labelling each : found) {
      assertTrue(Arrays.stream(each.labels().toArray()).noneMatch(label -> label == 2));
    }
  }

  @Test
  void noFramesSayNothing() {
    var found = DECODER.prefixBeam(Tensor.zeros(0, 3), 5);
    assertEquals(0, found.getFirst().labels().size());
    assertEquals(0, DECODER.greedy(Tensor.zeros(0, 3)).score());
  }

  @Test
  void argumentsThatDoNotFitAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new CtcDecoder(-1));
    assertThrows(IllegalArgumentException.class, () -> DECODER.prefixBeam(Tensor.zeros(2, 3), 0));
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> new CtcDecoder(3).greedy(Tensor.zeros(2, 3)));
    assertEquals(
        "ctc: log-probabilities must be [time, classes] with the blank 3 among the classes,"
            + " not [2, 3]",
        e.getMessage());
  }
}
