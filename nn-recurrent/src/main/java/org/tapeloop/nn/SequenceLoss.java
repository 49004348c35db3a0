package org.tapeloop.nn;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Losses over batches of sequences as the layers give them: time first, features or classes last.
 * Padding counts neither in the sum nor in the number of items, and gets no gradient, whatever
 * stands in it.
 */
public final class SequenceLoss {
  private SequenceLoss() {}

  /**
   * The mean cross entropy in nats over all steps of all sequences.
   *
   * @param logits [T, B, C]
   * @param targets classes [T, B]
   * @throws IllegalArgumentException if shapes do not fit
   * @throws IndexOutOfBoundsException if a target is no class
   */
  public static Tensor crossEntropy(Tensor logits, IntTensor targets) {
    return crossEntropy(logits, targets, CrossEntropy.MEAN);
  }

  /**
   * The cross entropy in nats with options, such as {@code CrossEntropy.MEAN.ignoring(padding)}.
   *
   * @param logits [T, B, C]
   * @param targets classes [T, B]
   * @return a scalar, or [T, B] where nothing is reduced
   */
  public static Tensor crossEntropy(Tensor logits, IntTensor targets, CrossEntropy options) {
    checkTargets(logits, targets.shape());
    int items = targets.size();
    Tensor loss =
        logits.reshape(items, logits.extent(2)).crossEntropy(targets.reshape(items), options);
    return loss.rank() == 0 ? loss : loss.reshape(targets.shape());
  }

  /**
   * The mean cross entropy in nats over the steps that belong to sequences.
   *
   * @param logits [T, B, C]
   * @param targets classes [T, B]; what stands in padding is not looked at
   * @param lengths of the sequences, or null if all have T steps
   */
  public static Tensor crossEntropy(Tensor logits, IntTensor targets, @Nullable Lengths lengths) {
    return crossEntropy(logits, targets, lengths, CrossEntropy.MEAN);
  }

  /**
   * The cross entropy in nats over the steps that belong to sequences, with options.
   *
   * @param logits [T, B, C]
   * @param targets classes [T, B]; what stands in padding is not looked at
   * @param lengths of the sequences, or null if all have T steps
   * @return a scalar, or [T, B] where nothing is reduced, 0 in padding
   * @throws IllegalArgumentException if shapes do not fit
   * @throws IndexOutOfBoundsException if a target of a sequence is no class and not the ignored one
   */
  public static Tensor crossEntropy(
      Tensor logits, IntTensor targets, @Nullable Lengths lengths, CrossEntropy options) {
    if (lengths == null) {
      return crossEntropy(logits, targets, options);
    }
    checkTargets(logits, targets.shape());
    IntTensor running = running(targets, lengths, logits.extent(2), options);
    return crossEntropy(clean(logits, lengths), running, options.ignoring(PADDING));
  }

  /**
   * The mean cross entropy in nats of the classes that an affine map scores, see {@link
   * Tensor#affineCrossEntropy}: for many classes faster, and in less memory, than a loss of the
   * map's output.
   *
   * @param features what the map takes [T, B, I]
   * @param output the map, to C scores
   * @param targets classes [T, B]
   */
  public static Tensor crossEntropy(Tensor features, Linear output, IntTensor targets) {
    return crossEntropy(features, output, targets, null, CrossEntropy.MEAN);
  }

  /**
   * As above, over the steps that belong to sequences, with options.
   *
   * @param features what the map takes [T, B, I]
   * @param output the map, to C scores
   * @param targets classes [T, B]; what stands in padding is not looked at
   * @param lengths of the sequences, or null if all have T steps
   * @return a scalar, or [T, B] where nothing is reduced, 0 in padding
   * @throws IllegalArgumentException if shapes do not fit
   * @throws IndexOutOfBoundsException if a target of a sequence is no class and not the ignored one
   */
  public static Tensor crossEntropy(
      Tensor features,
      Linear output,
      IntTensor targets,
      @Nullable Lengths lengths,
      CrossEntropy options) {
    checkTargets(features, targets.shape());
    Tensor weight = output.weight().value();
    Tensor bias = output.bias() == null ? null : output.bias().value();
    if (lengths == null) {
      return features.affineCrossEntropy(weight, bias, targets, options);
    }
    IntTensor running = running(targets, lengths, weight.extent(0), options);
    return clean(features, lengths)
        .affineCrossEntropy(weight, bias, running, options.ignoring(PADDING));
  }

  /** The targets of the steps that count, {@link #PADDING} in place of the others. */
  private static IntTensor running(
      IntTensor targets, Lengths lengths, int classes, CrossEntropy options) {
    lengths.check(targets.shape().extent(0), targets.shape().extent(1));
    int[] running = targets.toArray();
    int batch = lengths.batch();
    Integer ignored = options.ignored();
    for (int i = 0; i < running.length; i++) {
      boolean isIgnored = ignored != null && ignored == running[i];
      if (i / batch >= lengths.get(i % batch) || isIgnored) {
        running[i] = PADDING;
      } else if (running[i] < 0 || running[i] >= classes) {
        throw new IndexOutOfBoundsException(
            "crossEntropy: target %d at step %d of sequence %d is not in 0..%d"
                .formatted(running[i], i / batch, i % batch, classes - 1));
      }
    }
    return IntTensor.of(targets.shape(), running);
  }

  /** No class. */
  private static final int PADDING = -1;

  /**
   * The mean of {@code (output - target)^2} over all features of the steps that belong to
   * sequences.
   *
   * @param output [T, B, F]
   * @param target [T, B, F]
   * @param lengths of the sequences, or null if all have T steps
   * @throws IllegalArgumentException if shapes do not fit
   */
  public static Tensor mse(Tensor output, Tensor target, @Nullable Lengths lengths) {
    if (lengths == null) {
      return output.mse(target);
    }
    requireSequences("mse", output.shape());
    // The mask would stretch a target of one step or one sequence.
    if (!target.shape().equals(output.shape())) {
      throw new IllegalArgumentException(
          "mse: output %s and target %s differ".formatted(output.shape(), target.shape()));
    }
    lengths.check(output.extent(0), output.extent(1));
    double items = 0;
    for (int b = 0; b < lengths.batch(); b++) {
      items += lengths.get(b);
    }
    return clean(output, lengths)
        .mse(clean(target, lengths), Reduction.SUM)
        .mul(1 / (items * output.extent(2)));
  }

  private static Tensor clean(Tensor x, Lengths lengths) {
    return lengths.mask(x.dtype(), x.extent(0)).where(x, x.zerosLike());
  }

  private static void checkTargets(Tensor logits, Shape targets) {
    requireSequences("crossEntropy", logits.shape());
    Shape wanted = Shape.of(logits.extent(0), logits.extent(1));
    if (!targets.equals(wanted)) {
      throw new IllegalArgumentException(
          "crossEntropy: logits %s want targets %s, not %s"
              .formatted(logits.shape(), wanted, targets));
    }
  }

  private static void requireSequences(String operation, Shape shape) {
    if (shape.rank() != 3) {
      throw new IllegalArgumentException(
          operation + ": expected [time, batch, features], not " + shape);
    }
  }
}
