package org.tapeloop.nn.loss;

import java.util.List;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * The paths of connectionist temporal classification for a batch. The labels of an item, with a
 * blank before, between and after them, are the 2 S + 1 places of its lattice; a path is at one
 * place in each frame, and from frame to frame stays, moves on by one, or skips the blank between
 * different labels.
 *
 * <p>The log-probability of all paths to each place is carried from frame to frame. The logarithm
 * of 0 is stood in for by a large finite number, so that no derivative is an infinity less itself;
 * log-probabilities below it count as 0, and get no gradient.
 *
 * @param emitted the class of each place at each frame [T, N, 2 S + 1]
 * @param start 0 at the first place, else the logarithm of 0 [N, 2 S + 1]
 * @param skip 0 for the places that may be reached by skipping a blank, else as above
 * @param last the two places where a path may end [N, 2]
 * @param end 0 for each of these, the logarithm of 0 where there is only one [N, 2]
 * @param frames of each item
 * @param labels of each item
 */
record CtcLattice(
    IntTensor emitted,
    Tensor start,
    Tensor skip,
    IntTensor last,
    Tensor end,
    IntTensor frames,
    IntTensor labels) {

  /** Stands for ln 0; sums of as many as there are frames must stay finite in F32. */
  private static final double NEVER = -1e30;

  static CtcLattice of(
      Shape shape, IntTensor targets, IntTensor frames, IntTensor labels, int blank) {
    if (shape.rank() != 3) {
      throw new IllegalArgumentException(
          "ctc: log-probabilities must be [time, batch, classes], not " + shape);
    }
    int time = shape.extent(0);
    int batch = shape.extent(1);
    int classes = shape.extent(2);
    if (blank < 0 || blank >= classes) {
      throw new IndexOutOfBoundsException(
          "ctc: the blank %d is not in 0..%d".formatted(blank, classes - 1));
    }
    if (targets.rank() != 2 || targets.extent(0) != batch) {
      throw new IllegalArgumentException(
          "ctc: log-probabilities %s want targets [%d, labels], not %s"
              .formatted(shape, batch, targets.shape()));
    }
    checkLengths("input", frames, batch, time);
    checkLengths("target", labels, batch, targets.extent(1));

    int longest = 0;
    for (int n = 0; n < batch; n++) {
      longest = Math.max(longest, labels.flat(n));
    }
    int places = 2 * longest + 1;
    int[] classOf = new int[batch * places];
    double[] start = new double[batch * places];
    double[] skip = new double[batch * places];
    int[] last = new int[2 * batch];
    double[] end = new double[2 * batch];
    for (int n = 0; n < batch; n++) {
      for (int place = 0; place < places; place++) {
        int at = n * places + place;
        boolean isLabel = place % 2 == 1 && place / 2 < labels.flat(n);
        classOf[at] = isLabel ? label(targets, n, place / 2, classes, blank) : blank;
        start[at] = place == 0 ? 0 : NEVER;
        skip[at] = isLabel && place > 1 && classOf[at] != classOf[at - 2] ? 0 : NEVER;
      }
      last[2 * n] = 2 * labels.flat(n);
      last[2 * n + 1] = Math.max(0, 2 * labels.flat(n) - 1);
      end[2 * n + 1] = labels.flat(n) == 0 ? NEVER : 0;
    }
    int[] emitted = new int[time * classOf.length];
    for (int t = 0; t < time; t++) {
      System.arraycopy(classOf, 0, emitted, t * classOf.length, classOf.length);
    }
    Shape lattice = Shape.of(batch, places);
    Shape ends = Shape.of(batch, 2);
    return new CtcLattice(
        IntTensor.of(Shape.of(time, batch, places), emitted),
        Tensor.ofDoubles(lattice, start),
        Tensor.ofDoubles(lattice, skip),
        IntTensor.of(ends, last),
        Tensor.ofDoubles(ends, end),
        frames,
        labels);
  }

  private static int label(IntTensor targets, int n, int i, int classes, int blank) {
    int label = targets.flat(n * targets.extent(1) + i);
    if (label < 0 || label >= classes || label == blank) {
      throw new IndexOutOfBoundsException(
          "ctc: label %d, number %d of item %d, is not in 0..%d without the blank %d"
              .formatted(label, i, n, classes - 1, blank));
    }
    return label;
  }

  private static void checkLengths(String what, IntTensor lengths, int batch, int limit) {
    if (lengths.rank() != 1 || lengths.extent(0) != batch) {
      throw new IllegalArgumentException(
          "ctc: %s lengths must be [%d], not %s".formatted(what, batch, lengths.shape()));
    }
    for (int n = 0; n < batch; n++) {
      if (lengths.flat(n) < 0 || lengths.flat(n) > limit) {
        throw new IllegalArgumentException(
            "ctc: %s length %d of item %d is not in 0..%d"
                .formatted(what, lengths.flat(n), n, limit));
      }
    }
  }

  /** {@code -ln} of the probability of each item's labels [N]. */
  Tensor cost(Tensor logProbabilities, boolean zeroInfinity) {
    DType dtype = logProbabilities.dtype();
    Tensor skipping = skip.to(dtype);
    // Before the first frame a path stands at the first place, from where it may stay or move on.
    Tensor reached = start.to(dtype);
    Tensor emissions = logProbabilities.gather(2, emitted).clamp(NEVER, Double.POSITIVE_INFINITY);
    for (int t = 0; t < emitted.extent(0); t++) {
      Tensor next = moved(reached, skipping).add(emissions.select(0, t));
      reached = running(t, dtype).where(next, reached);
    }
    Tensor total = reached.gather(1, last).add(end.to(dtype)).logSumExp(1);
    double never = zeroInfinity ? 0 : Double.POSITIVE_INFINITY;
    return total.neg().maskedFill(total.detach().lt(NEVER / 2), never);
  }

  /** Log-probabilities of being at each place after a move, given those before it. */
  private static Tensor moved(Tensor reached, Tensor skipping) {
    return Tensor.stack(List.of(reached, shifted(reached, 1), shifted(reached, 2).add(skipping)), 0)
        .logSumExp(0);
  }

  /** What was at place s - by, at place s. */
  private static Tensor shifted(Tensor reached, int by) {
    int places = reached.extent(1);
    int before = Math.min(by, places);
    Tensor edge = Tensor.full(reached.dtype(), Shape.of(reached.extent(0), before), NEVER);
    return Tensor.cat(List.of(edge, reached.narrow(1, 0, places - before)), 1);
  }

  /** 1 for items that have a frame t, else 0: [N, 1]. */
  private Tensor running(int t, DType dtype) {
    double[] mask = new double[frames.size()];
    for (int n = 0; n < mask.length; n++) {
      mask[n] = t < frames.flat(n) ? 1 : 0;
    }
    return Tensor.ofDoubles(Shape.of(mask.length, 1), mask).to(dtype);
  }

  /** One over the number of labels of each item, at least 1: [N]. */
  Tensor shareOfLabel(DType dtype) {
    double[] shares = new double[labels.size()];
    for (int n = 0; n < shares.length; n++) {
      shares[n] = 1.0 / Math.max(1, labels.flat(n));
    }
    return Tensor.ofDoubles(shares).to(dtype);
  }
}
