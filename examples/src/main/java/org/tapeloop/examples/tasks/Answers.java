package org.tapeloop.examples.tasks;

import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.SequenceLoss;

/** What a network should put out, at the steps where it is asked. */
sealed interface Answers {

  /** The loss of outputs [T, B, O], a scalar: what is minimised, and what is reported. */
  Tensor loss(Tensor outputs);

  /** The part of the answers that are wrong, or NaN where that has no meaning. */
  double wrong(Tensor outputs);

  /**
   * A class at each step that asks for one.
   *
   * @param classes [T, B], {@link #NONE} where nothing is asked
   * @param floor the loss of the best there can be, in nats, which is taken off
   */
  record Classes(IntTensor classes, double floor) implements Answers {
    /** Nothing is asked at this step. */
    static final int NONE = -1;

    @Override
    public Tensor loss(Tensor outputs) {
      return SequenceLoss.crossEntropy(outputs, classes, CrossEntropy.MEAN.ignoring(NONE))
          .sub(floor);
    }

    @Override
    public double wrong(Tensor outputs) {
      int options = outputs.extent(2);
      double[] scores = outputs.toDoubleArray();
      int[] wanted = classes.toArray();
      long asked = 0;
      long missed = 0;
      for (int i = 0; i < wanted.length; i++) {
        if (wanted[i] != NONE) {
          asked++;
          missed += likeliest(scores, i * options, options) == wanted[i] ? 0 : 1;
        }
      }
      return missed / (double) asked;
    }

    private static int likeliest(double[] scores, int from, int count) {
      int best = 0;
      for (int k = 1; k < count; k++) {
        best = scores[from + k] > scores[from + best] ? k : best;
      }
      return best;
    }
  }

  /**
   * Numbers at the last steps.
   *
   * @param values [S, B, O], for the last S of T steps
   * @param unit what squared errors are measured in: 1, or the variance of the values
   */
  record Numbers(Tensor values, double unit) implements Answers {
    @Override
    public Tensor loss(Tensor outputs) {
      int asked = values.extent(0);
      Tensor last = outputs.narrow(0, outputs.extent(0) - asked, asked);
      return last.mse(values).mul(1 / unit);
    }

    @Override
    public double wrong(Tensor outputs) {
      return Double.NaN;
    }
  }
}
