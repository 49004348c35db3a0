package org.tapeloop.nn.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class CtcTest {
  private static final Ctc ITEMS = Ctc.MEAN.reducing(Reduction.NONE);

  private static Tensor logProbabilities(int time, int batch, int classes) {
    return Tensor.normal(new RandomStream(3, 0), DType.F64, Shape.of(time, batch, classes), 0, 1.5)
        .logSoftmax(2);
  }

  /** The probability of every labelling, by adding up every path. */
  private static Map<List<Integer>, Double> enumerated(Tensor item, int frames, int blank) {
    int classes = item.extent(1);
    Map<List<Integer>, Double> total = new HashMap<>();
    int[] path = new int[frames];
    for (long number = 0; number < Math.round(Math.pow(classes, frames)); number++) {
      double log = 0;
      long rest = number;
      for (int t = 0; t < frames; t++) {
        path[t] = (int) (rest % classes);
        rest /= classes;
        log += item.get(t, path[t]);
      }
      List<Integer> labels = new ArrayList<>();
      for (int t = 0; t < frames; t++) {
        if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) {
          labels.add(path[t]);
        }
      }
      total.merge(labels, Math.exp(log), Double::sum);
    }
    return total;
  }

  @Test
  void theCostOfEveryLabellingIsThatOfItsPaths() {
    for (int blank : new int[] {0, 2}) {
      for (int frames = 0; frames <= 5; frames++) {
        Tensor p = logProbabilities(5, 1, 3);
        for (var labelling : enumerated(p.select(1, 0), frames, blank).entrySet()) {
          int[] labels = labelling.getKey().stream().mapToInt(v -> v).toArray();
          double cost =
              Loss.ctc(
                      p,
                      IntTensor.of(Shape.of(1, labels.length), labels),
                      IntTensor.of(frames),
                      IntTensor.of(labels.length),
                      ITEMS.blank(blank))
                  .item();
          assertEquals(-Math.log(labelling.getValue()), cost, 1e-12, labelling.getKey() + "");
        }
      }
    }
  }

  @Test
  void anItemCostsTheSameAloneAndInARaggedBatch() {
    Tensor p = logProbabilities(6, 3, 4);
    IntTensor targets = IntTensor.of(Shape.of(3, 3), 1, 1, 2, 3, 99, -7, 2, 3, 2);
    int[] frames = {6, 2, 5};
    int[] labels = {3, 1, 3};
    double[] together =
        Loss.ctc(p, targets, IntTensor.of(frames), IntTensor.of(labels), ITEMS).toDoubleArray();
    double mean = 0;
    for (int n = 0; n < 3; n++) {
      Tensor alone = p.narrow(1, n, 1).narrow(0, 0, frames[n]);
      double cost =
          Loss.ctc(
                  alone,
                  targets.narrow(0, n, 1).narrow(1, 0, labels[n]),
                  IntTensor.of(frames[n]),
                  IntTensor.of(labels[n]),
                  ITEMS)
              .item();
      assertEquals(cost, together[n], 1e-13);
      mean += cost / labels[n] / 3;
    }
    Tensor loss = Loss.ctc(p, targets, IntTensor.of(frames), IntTensor.of(labels), Ctc.MEAN);
    assertEquals(mean, loss.item(), 1e-13);
  }

  @Test
  void framesPastTheLengthGetNoGradientWhateverStandsThere() {
    Tensor p =
        Tensor.cat(
                List.of(
                    logProbabilities(2, 1, 3),
                    Tensor.full(DType.F64, Shape.of(1, 1, 3), Double.NaN)),
                0)
            .leaf();
    Tensor loss =
        Loss.ctc(p, IntTensor.of(Shape.of(1, 1), 1), IntTensor.of(2), IntTensor.of(1), Ctc.MEAN);
    Tensor gradient = loss.gradients(p).get(p);
    assertTrue(Double.isFinite(loss.item()));
    assertArrayEquals(new double[3], gradient.select(0, 2).toDoubleArray());
  }

  @Test
  void bothDerivativesEqualDifferences() {
    IntTensor targets = IntTensor.of(Shape.of(3, 2), 1, 1, 2, 1, 0, 0);
    GradCheck.check(
        x ->
            Loss.ctc(x.logSoftmax(2), targets, IntTensor.of(4, 3, 2), IntTensor.of(2, 2, 0), ITEMS),
        logProbabilities(4, 3, 3));
  }

  @Test
  void impossibleLabelsCostInfinityOrNothingAndGetNoGradient() {
    // Two equal labels need a blank between them: three frames.
    IntTensor targets = IntTensor.of(Shape.of(2, 2), 1, 1, 1, 2);
    IntTensor frames = IntTensor.of(2, 2);
    IntTensor labels = IntTensor.of(2, 2);
    for (DType dtype : DType.values()) {
      Tensor p = logProbabilities(2, 2, 3).to(dtype).leaf();
      Tensor items = Loss.ctc(p, targets, frames, labels, ITEMS);
      assertEquals(Double.POSITIVE_INFINITY, items.get(0));
      assertTrue(Double.isFinite(items.get(1)));
      Tensor zeroed = Loss.ctc(p, targets, frames, labels, ITEMS.zeroingInfinity());
      assertEquals(0, zeroed.get(0));
      assertEquals(items.get(1), zeroed.get(1));
      Tensor gradient = zeroed.sum().gradients(p).get(p);
      assertEquals(0, gradient.select(1, 0).abs().max().item());
      assertTrue(gradient.select(1, 1).abs().max().item() > 0);
    }
  }

  @Test
  void classesOfProbabilityZeroAreNeverOnAPath() {
    double never = Double.NEGATIVE_INFINITY;
    Tensor p = Tensor.ofDoubles(Shape.of(2, 1, 2), never, 0, -1, never).leaf();
    IntTensor label = IntTensor.of(Shape.of(1, 1), 1);
    Tensor loss = Loss.ctc(p, label, IntTensor.of(2), IntTensor.of(1), ITEMS);
    assertEquals(1, loss.get(0));
    assertArrayEquals(new double[] {0, -1, -1, 0}, loss.sum().gradients(p).get(p).toDoubleArray());
  }

  @Test
  void aLongSequenceLosesNoPrecision() {
    // Uniform over two classes, no labels: only the path of blanks, 2^-T.
    Tensor p = Tensor.full(DType.F32, Shape.of(2000, 1, 2), -Math.log(2));
    Tensor loss =
        Loss.ctc(p, IntTensor.of(Shape.of(1, 0)), IntTensor.of(2000), IntTensor.of(0), Ctc.MEAN);
    assertEquals(2000 * Math.log(2), loss.item(), 1e-2);
  }

  private static void refused(String message, Tensor p, IntTensor targets, int frames, int labels) {
    var e =
        assertThrows(
            RuntimeException.class,
            () -> Loss.ctc(p, targets, IntTensor.of(frames), IntTensor.of(labels), Ctc.MEAN));
    assertEquals(message, e.getMessage());
  }

  @Test
  void argumentsThatDoNotFitAreRefused() {
    Tensor p = logProbabilities(3, 1, 3);
    IntTensor one = IntTensor.of(Shape.of(1, 1), 1);
    refused(
        "ctc: log-probabilities must be [time, batch, classes], not [3, 3]",
        p.select(1, 0),
        one,
        3,
        1);
    refused("ctc: input length 4 of item 0 is not in 0..3", p, one, 4, 1);
    refused("ctc: target length 2 of item 0 is not in 0..1", p, one, 3, 2);
    refused(
        "ctc: log-probabilities [3, 1, 3] want targets [1, labels], not [1]",
        p,
        IntTensor.of(1),
        3,
        1);
    refused(
        "ctc: label 0, number 0 of item 0, is not in 0..2 without the blank 0",
        p,
        IntTensor.of(Shape.of(1, 1), 0),
        3,
        1);
    var e =
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> Loss.ctc(p, one, IntTensor.of(3), IntTensor.of(1), Ctc.MEAN.blank(3)));
    assertEquals("ctc: the blank 3 is not in 0..2", e.getMessage());
  }
}
