package org.tapeloop.nn.loss;

import java.util.Arrays;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Losses with PyTorch's definitions, as functions of predictions and targets.
 *
 * <p>Cross entropy with class targets and the squared error are methods of {@link Tensor}; over
 * padded batches of sequences there is {@link org.tapeloop.nn.SequenceLoss}. A {@link Reduction}
 * says whether items are averaged, added, or left as they are; the mean of no items is NaN.
 *
 * <p>All operands of one loss have one element type, else {@link IllegalArgumentException} is
 * thrown, as where shapes do not fit.
 */
public final class Loss {
  /** Keeps the cosine of a zero vector finite, as in PyTorch. */
  private static final double COSINE_GUARD = 1e-12;

  private Loss() {}

  // ---- regression ----

  /**
   * The absolute error: {@code |input - target|}. Its gradient is 0 where the two are equal.
   *
   * @param input of any shape
   * @param target of the same shape; differentiated too
   */
  public static Tensor l1(Tensor input, Tensor target, Reduction reduction) {
    return reduced(difference("l1", input, target).abs(), reduction);
  }

  /**
   * Huber's loss: with {@code d = input - target}, {@code d^2 / 2} where {@code |d| < delta}, else
   * {@code delta (|d| - delta / 2)}.
   *
   * <p>Source: Huber 1964, "Robust estimation of a location parameter".
   *
   * @param input of any shape
   * @param target of the same shape; differentiated too
   * @param delta where it becomes linear, above 0
   */
  public static Tensor huber(Tensor input, Tensor target, double delta, Reduction reduction) {
    if (!(delta > 0 && delta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("huber: delta must be finite and above 0, not " + delta);
    }
    Tensor d = difference("huber", input, target);
    Tensor size = d.abs();
    Tensor near = d.square().mul(0.5);
    Tensor far = size.sub(0.5 * delta).mul(delta);
    return reduced(size.lt(delta).where(near, far), reduction);
  }

  /**
   * The smooth absolute error: with {@code d = input - target}, {@code d^2 / (2 beta)} where {@code
   * |d| < beta}, else {@code |d| - beta / 2}. It is {@link #huber} over beta; beta 0 is {@link
   * #l1}.
   *
   * <p>Source: Girshick 2015, "Fast R-CNN", arXiv 1504.08083.
   *
   * @param input of any shape
   * @param target of the same shape; differentiated too
   * @param beta where it becomes linear, at least 0
   */
  public static Tensor smoothL1(Tensor input, Tensor target, double beta, Reduction reduction) {
    if (!(beta >= 0 && beta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "smoothL1: beta must be finite and at least 0, not " + beta);
    }
    Tensor d = difference("smoothL1", input, target);
    Tensor size = d.abs();
    if (beta == 0) {
      return reduced(size, reduction);
    }
    Tensor near = d.square().mul(0.5 / beta);
    return reduced(size.lt(beta).where(near, size.sub(0.5 * beta)), reduction);
  }

  private static Tensor difference(String operation, Tensor input, Tensor target) {
    requireLike(operation, "target", input, target);
    return input.sub(target);
  }

  // ---- classification ----

  /**
   * The cross entropy, in nats, between target distributions and the softmax of logits: with {@code
   * p = logSoftmax(logits)}, class weights w (else 1) and smoothing e, an item with target
   * probabilities q costs {@code -sum_c w_c ((1 - e) q_c + e / C) p_c}. Unlike with class targets
   * the mean divides by the number of items, whatever the weights.
   *
   * @param logits [N, C], [N, C, d1, ...] or [C]
   * @param probabilities of the shape of the logits; differentiated too
   * @param options without an ignored target
   * @return a scalar, or one loss an item, the class axis left out
   */
  public static Tensor crossEntropy(Tensor logits, Tensor probabilities, CrossEntropy options) {
    requireLike("crossEntropy", "target probabilities", logits, probabilities);
    int axis = classAxis("crossEntropy", logits);
    if (options.ignored() != null) {
      throw new IllegalArgumentException(
          "crossEntropy: target probabilities name no class, so class "
              + options.ignored()
              + " cannot be ignored");
    }
    int classes = logits.extent(axis);
    double e = options.smoothing();
    Tensor q = e == 0 ? probabilities : probabilities.mul(1 - e).add(e / classes);
    Tensor cost = q.mul(logits.logSoftmax(axis)).neg();
    Tensor weight = options.weight();
    if (weight != null) {
      cost = cost.mul(alongClasses("crossEntropy", weight, logits, axis));
    }
    return reduced(cost.sum(axis), options.reduction());
  }

  /**
   * The negative log-likelihood: an item with target y costs {@code -w_y x_y}, with class weights w
   * (else 1); the mean divides by the sum of {@code w_y} over the items that count.
   *
   * @param logProbabilities x [N, C], [N, C, d1, ...] or [C], taken as they are
   * @param targets classes, of the same shape without the class axis
   * @param options without smoothing
   * @return a scalar, or one loss an item
   * @throws IndexOutOfBoundsException if a target is no class and not the ignored one
   */
  public static Tensor nll(Tensor logProbabilities, IntTensor targets, CrossEntropy options) {
    int axis = classAxis("nll", logProbabilities);
    Shape items = without(logProbabilities.shape(), axis);
    if (!targets.shape().equals(items)) {
      throw new IllegalArgumentException(
          "nll: log-probabilities %s with classes along axis %d want targets %s, not %s"
              .formatted(logProbabilities.shape(), axis, items, targets.shape()));
    }
    if (options.smoothing() != 0) {
      throw new IllegalArgumentException("nll: smoothing needs logits; use crossEntropy");
    }
    int classes = logProbabilities.extent(axis);
    int[] classOf = targets.toArray();
    double[] counts = new double[classOf.length];
    for (int i = 0; i < classOf.length; i++) {
      Integer ignored = options.ignored();
      if (ignored != null && ignored == classOf[i]) {
        classOf[i] = 0;
        continue;
      }
      if (classOf[i] < 0 || classOf[i] >= classes) {
        throw new IndexOutOfBoundsException(
            "nll: target %d, element %d of shape %s, is not in 0..%d"
                .formatted(classOf[i], i, items, classes - 1));
      }
      counts[i] = 1;
    }
    IntTensor index = IntTensor.of(withOne(logProbabilities.shape(), axis), classOf);
    Tensor picked = logProbabilities.gather(axis, index).squeeze(axis).neg();
    Tensor kept = Tensor.ofDoubles(items, counts).to(picked.dtype());
    Tensor itemWeights = kept;
    Tensor weight = options.weight();
    if (weight != null) {
      requireClassWeights("nll", weight, logProbabilities, axis);
      Tensor chosen = weight.detach().indexSelect(0, IntTensor.of(classOf)).reshape(items);
      itemWeights = kept.mul(chosen);
      picked = picked.mul(chosen);
    }
    // Chosen, not multiplied: what an ignored item holds may be infinite.
    Tensor cost = kept.where(picked, picked.zerosLike());
    return options.reduction() == Reduction.MEAN
        ? cost.sum().div(itemWeights.sum())
        : reduced(cost, options.reduction());
  }

  /**
   * The cross entropy, in nats, between targets in [0, 1] and the sigmoid of logits: with {@code
   * sp(t) = ln(1 + e^t)}, {@code v (u y sp(-z) + (1 - y) sp(z))}. Finite and exact to rounding for
   * logits of any size.
   *
   * @param logits z, of any shape
   * @param targets y, of the same shape
   */
  public static Tensor binaryCrossEntropy(
      Tensor logits, Tensor targets, BinaryCrossEntropy options) {
    requireLike("binaryCrossEntropy", "targets", logits, targets);
    Tensor hit = targets.mul(logits.neg().softplus());
    Tensor positive = options.positiveWeight();
    if (positive != null) {
      hit = hit.mul(fitting("positive weights", positive, logits));
    }
    Tensor cost = hit.add(targets.rsub(1).mul(logits.softplus()));
    Tensor weight = options.weight();
    if (weight != null) {
      cost = cost.mul(fitting("weights", weight, logits));
    }
    return reduced(cost, options.reduction());
  }

  /** A constant that broadcasts to the logits without enlarging them. */
  private static Tensor fitting(String what, Tensor weight, Tensor logits) {
    boolean fits = weight.rank() <= logits.rank() && weight.dtype() == logits.dtype();
    for (int k = 1; fits && k <= weight.rank(); k++) {
      fits = weight.extent(-k) == 1 || weight.extent(-k) == logits.extent(-k);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "binaryCrossEntropy: %s %s %s do not broadcast to logits %s %s"
              .formatted(what, weight.dtype(), weight.shape(), logits.dtype(), logits.shape()));
    }
    return weight.detach();
  }

  // ---- distributions ----

  /**
   * The Kullback-Leibler divergence of predictions from targets: {@code y (ln y - x)}, 0 where y is
   * 0; with {@linkplain KlDivergence#ofLogs targets as logarithms} {@code e^y (y - x)}.
   *
   * <p>Source: Kullback and Leibler 1951.
   *
   * @param logProbabilities x, predictions of any shape
   * @param targets y, of the same shape; differentiated too
   */
  public static Tensor klDivergence(Tensor logProbabilities, Tensor targets, KlDivergence options) {
    requireLike("klDivergence", "targets", logProbabilities, targets);
    Tensor cost;
    if (options.ofLogs()) {
      cost = targets.exp().mul(targets.sub(logProbabilities));
    } else {
      Tensor none = targets.eq(0);
      Tensor y = none.where(targets.onesLike(), targets);
      Tensor x = none.where(targets.zerosLike(), logProbabilities);
      cost = none.where(targets.zerosLike(), y.mul(y.log().sub(x)));
    }
    return switch (options.over()) {
      case ITEMS -> cost;
      case ELEMENT_MEAN -> cost.mean();
      case BATCH_MEAN -> {
        if (cost.rank() == 0) {
          throw new IllegalArgumentException("klDivergence: a scalar has no batch to average over");
        }
        yield cost.sum().div(cost.extent(0));
      }
      case SUM -> cost.sum();
    };
  }

  // ---- vectors ----

  /**
   * The cosine embedding loss: with {@code cos = a.b / sqrt((a.a + 1e-12) (b.b + 1e-12))}, {@code 1
   * - cos} for pairs that belong together (target 1) and {@code max(0, cos - margin)} for others
   * (target -1).
   *
   * @param a [N, D], or [D]
   * @param b of the same shape
   * @param targets 1 or -1, [N], or a scalar []
   * @param margin in [-1, 1]
   * @return a scalar, or one loss a pair
   */
  public static Tensor cosineEmbedding(
      Tensor a, Tensor b, IntTensor targets, double margin, Reduction reduction) {
    requireLike("cosineEmbedding", "second vectors", a, b);
    if (a.rank() != 1 && a.rank() != 2) {
      throw new IllegalArgumentException(
          "cosineEmbedding: vectors [N, D] or [D] are needed, not " + a.shape());
    }
    if (!targets.shape().equals(without(a.shape(), a.rank() - 1))) {
      throw new IllegalArgumentException(
          "cosineEmbedding: vectors %s want targets %s, not %s"
              .formatted(a.shape(), without(a.shape(), a.rank() - 1), targets.shape()));
    }
    if (!(margin >= -1 && margin <= 1)) {
      throw new IllegalArgumentException(
          "cosineEmbedding: the margin must lie in [-1, 1], not " + margin);
    }
    double[] together = new double[targets.size()];
    for (int i = 0; i < together.length; i++) {
      if (Math.abs(targets.flat(i)) != 1) {
        throw new IllegalArgumentException(
            "cosineEmbedding: target %d, element %d, is neither 1 nor -1"
                .formatted(targets.flat(i), i));
      }
      together[i] = targets.flat(i) == 1 ? 1 : 0;
    }
    Tensor lengths =
        a.square().sum(-1).add(COSINE_GUARD).mul(b.square().sum(-1).add(COSINE_GUARD)).sqrt();
    Tensor cosine = a.mul(b).sum(-1).div(lengths);
    Tensor mask = Tensor.ofDoubles(targets.shape(), together).to(a.dtype());
    return reduced(mask.where(cosine.rsub(1), cosine.sub(margin).relu()), reduction);
  }

  // ---- sequences ----

  /**
   * Connectionist temporal classification: an item costs {@code -ln} of the total probability of
   * all paths, one class a frame, that give its labels once repeats are merged and blanks dropped.
   *
   * <p>The sum over paths is a recursion over frames in log space, made of differentiable
   * operations. The mean divides each item by its number of labels (at least 1) first, as in
   * PyTorch. Frames past an item's length get no gradient. Labels that no path of the length gives
   * cost infinity, with gradient 0.
   *
   * <p>Source: Graves, Fernández, Gomez and Schmidhuber 2006.
   *
   * @param logProbabilities [T, N, C], such as {@code logits.logSoftmax(2)}
   * @param targets classes [N, S], of which item n has the first {@code targetLengths[n]}
   * @param inputLengths frames of each item [N], 0 to T
   * @param targetLengths labels of each item [N], 0 to S
   * @return a scalar, or one loss an item [N]
   * @throws IndexOutOfBoundsException if a label is no class, or the blank
   */
  public static Tensor ctc(
      Tensor logProbabilities,
      IntTensor targets,
      IntTensor inputLengths,
      IntTensor targetLengths,
      Ctc options) {
    CtcLattice lattice =
        CtcLattice.of(
            logProbabilities.shape(), targets, inputLengths, targetLengths, options.blank());
    Tensor cost = lattice.cost(logProbabilities, options.zeroInfinity());
    return switch (options.reduction()) {
      case NONE -> cost;
      case SUM -> cost.sum();
      case MEAN -> cost.mul(lattice.shareOfLabel(cost.dtype())).mean();
    };
  }

  // ---- shared ----

  private static Tensor reduced(Tensor items, Reduction reduction) {
    return switch (reduction) {
      case NONE -> items;
      case MEAN -> items.mean();
      case SUM -> items.sum();
    };
  }

  private static void requireLike(String operation, String what, Tensor first, Tensor second) {
    if (!first.shape().equals(second.shape()) || first.dtype() != second.dtype()) {
      throw new IllegalArgumentException(
          "%s: %s %s and %s %s %s differ"
              .formatted(
                  operation, first.dtype(), first.shape(), what, second.dtype(), second.shape()));
    }
  }

  private static int classAxis(String operation, Tensor logits) {
    if (logits.rank() == 0) {
      throw new IllegalArgumentException(operation + ": a scalar has no class axis");
    }
    return logits.rank() == 1 ? 0 : 1;
  }

  private static void requireClassWeights(
      String operation, Tensor weight, Tensor logits, int axis) {
    if (weight.extent(0) != logits.extent(axis) || weight.dtype() != logits.dtype()) {
      throw new IllegalArgumentException(
          "%s: %s %s want %d class weights, not %s %s"
              .formatted(
                  operation,
                  logits.dtype(),
                  logits.shape(),
                  logits.extent(axis),
                  weight.dtype(),
                  weight.shape()));
    }
  }

  private static Tensor alongClasses(String operation, Tensor weight, Tensor logits, int axis) {
    requireClassWeights(operation, weight, logits, axis);
    int[] extents = new int[logits.rank() - axis];
    Arrays.fill(extents, 1);
    extents[0] = logits.extent(axis);
    return weight.detach().reshape(extents);
  }

  private static Shape without(Shape shape, int axis) {
    int[] extents = new int[shape.rank() - 1];
    for (int k = 0; k < extents.length; k++) {
      extents[k] = shape.extent(k < axis ? k : k + 1);
    }
    return Shape.of(extents);
  }

  private static Shape withOne(Shape shape, int axis) {
    int[] extents = shape.extents();
    extents[axis] = 1;
    return Shape.of(extents);
  }
}
