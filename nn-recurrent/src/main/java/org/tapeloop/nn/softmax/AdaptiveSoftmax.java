package org.tapeloop.nn.softmax;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;

/**
 * A softmax over V classes, the frequent ones first, that spends little on rare ones. The head has
 * the first classes and one more for each cluster of the rest; a cluster's scores come from a
 * projection that is the smaller, the rarer its classes are.
 *
 * <pre>
 * ln p(c) = logSoftmax(head h)_c                                            c in the head
 * ln p(c) = logSoftmax(head h)_cluster + logSoftmax(W_2 W_1 h)_(c - first)  c in a cluster
 * </pre>
 *
 * <p>A cluster's part is computed for those rows alone whose target lies in it. Parameters are
 * PyTorch's of {@code nn.AdaptiveLogSoftmaxWithLoss}: {@code head.weight} [n + clusters, H], {@code
 * head.bias} where wanted, {@code tail.K.0.weight} [H / d^(K+1), H] and {@code tail.K.1.weight}
 * [classes of cluster K, H / d^(K+1)].
 *
 * <p>Source: Grave et al. 2017, arXiv 1609.04309.
 */
public final class AdaptiveSoftmax extends Layer {
  private static final double DIVISOR = 4;

  private final int inputSize;

  /** Where clusters begin, and V: cluster k has classes bounds[k] to bounds[k + 1] - 1. */
  private final int[] bounds;

  private final Linear head;
  private final List<Tail> tails = new ArrayList<>();

  /** The two products of a cluster. */
  private static final class Tail extends Layer {
    private final Linear down;
    private final Linear out;

    Tail(int inputSize, int projected, int classes, Generator generator) {
      down = child("0", Linear.withoutBias(inputSize, projected, generator));
      out = child("1", Linear.withoutBias(projected, classes, generator));
    }

    Tensor logProbabilities(Tensor hidden) {
      return out.forward(down.forward(hidden)).logSoftmax(1);
    }
  }

  /** Log-probability of each target, and the mean of their negatives. */
  public record Result(Tensor output, Tensor loss) {}

  /**
   * A softmax whose projections shrink by 4 from cluster to cluster, without a bias in the head.
   */
  public AdaptiveSoftmax(int inputSize, int classes, int[] cutoffs, Generator generator) {
    this(inputSize, classes, cutoffs, DIVISOR, false, generator);
  }

  /**
   * A softmax.
   *
   * @param inputSize H
   * @param classes V
   * @param cutoffs where the clusters begin, ascending, in 1..V-1
   * @param divisor d, by which projections shrink
   * @param headBias whether the head has one
   * @throws IllegalArgumentException if there are no cutoffs or they do not ascend, or nothing is
   *     left of a projection
   */
  public AdaptiveSoftmax(
      int inputSize,
      int classes,
      int[] cutoffs,
      double divisor,
      boolean headBias,
      Generator generator) {
    this.inputSize = inputSize;
    bounds = Arrays.copyOf(cutoffs, cutoffs.length + 1);
    bounds[cutoffs.length] = classes;
    for (int k = 0; k < bounds.length; k++) {
      if (cutoffs.length == 0 || bounds[k] <= (k == 0 ? 0 : bounds[k - 1])) {
        throw new IllegalArgumentException(
            "AdaptiveSoftmax: cutoffs must ascend within 1..%d, not %s"
                .formatted(classes - 1, Arrays.toString(cutoffs)));
      }
    }
    int headSize = bounds[0] + cutoffs.length;
    head =
        child(
            "head",
            headBias
                ? new Linear(inputSize, headSize, generator)
                : Linear.withoutBias(inputSize, headSize, generator));
    for (int k = 0; k < cutoffs.length; k++) {
      int projected = (int) Math.floor(inputSize / Math.pow(divisor, k + 1));
      if (projected < 1) {
        throw new IllegalArgumentException(
            "AdaptiveSoftmax: cluster %d would have a projection of %d / %s^%d, which is below 1"
                .formatted(k, inputSize, divisor, k + 1));
      }
      Tail tail = new Tail(inputSize, projected, bounds[k + 1] - bounds[k], generator);
      tails.add(child("tail." + k, tail));
    }
  }

  /** V. */
  public int classes() {
    return bounds[bounds.length - 1];
  }

  /**
   * The log-probabilities of targets.
   *
   * @param hidden [N, H]
   * @param targets classes [N]
   * @return [N] and a scalar
   * @throws IndexOutOfBoundsException if a target is no class
   */
  public Result forward(Tensor hidden, IntTensor targets) {
    int rows = requireRows(hidden, targets);
    Tensor inHead = head.forward(hidden).logSoftmax(1);
    int[] targetOf = targets.toArray();
    int[] headClass = new int[rows];
    List<Tensor> tailParts = new ArrayList<>();
    int[] place = new int[rows];
    int placed = 0;
    for (int k = 0; k < tails.size(); k++) {
      int from = bounds[k];
      int to = bounds[k + 1];
      int[] members =
          IntStream.range(0, rows).filter(i -> targetOf[i] >= from && targetOf[i] < to).toArray();
      if (members.length == 0) {
        continue;
      }
      int[] within = new int[members.length];
      for (int m = 0; m < members.length; m++) {
        headClass[members[m]] = bounds[0] + k;
        within[m] = targetOf[members[m]] - from;
        place[members[m]] = 1 + placed++;
      }
      Tensor some = hidden.indexSelect(0, IntTensor.of(members));
      tailParts.add(picked(tails.get(k).logProbabilities(some), within));
    }
    for (int i = 0; i < rows; i++) {
      headClass[i] = targetOf[i] < bounds[0] ? targetOf[i] : headClass[i];
    }
    Tensor output = picked(inHead, headClass);
    if (!tailParts.isEmpty()) {
      // Row 0 of this column is for targets that are in the head.
      tailParts.addFirst(output.narrow(0, 0, 1).zerosLike());
      Tensor column = Tensor.cat(tailParts, 0);
      output = output.add(column.indexSelect(0, IntTensor.of(place)));
    }
    return new Result(output, output.mean().neg());
  }

  /**
   * The mean negative log-likelihood over the steps that belong to sequences.
   *
   * @param hidden [T, B, H]; padding may hold anything
   * @param targets classes [T, B]; what stands in padding is not looked at
   * @param lengths of the sequences, or null if all have T steps
   */
  public Tensor loss(Tensor hidden, IntTensor targets, @Nullable Lengths lengths) {
    Rows rows = Rows.of("AdaptiveSoftmax", hidden, targets, lengths);
    return forward(rows.hidden(), rows.targets()).loss();
  }

  private static Tensor picked(Tensor logProbabilities, int[] classes) {
    IntTensor index = IntTensor.of(classes).reshape(classes.length, 1);
    return logProbabilities.gather(1, index).squeeze(1);
  }

  private int requireRows(Tensor hidden, IntTensor targets) {
    requireRows(hidden);
    if (targets.rank() != 1 || targets.extent(0) != hidden.extent(0)) {
      throw new IllegalArgumentException(
          "AdaptiveSoftmax: hidden %s wants targets [%d], not %s"
              .formatted(hidden.shape(), hidden.extent(0), targets.shape()));
    }
    for (int i = 0; i < targets.size(); i++) {
      if (targets.flat(i) < 0 || targets.flat(i) >= classes()) {
        throw new IndexOutOfBoundsException(
            "AdaptiveSoftmax: target %d, element %d, is not in 0..%d"
                .formatted(targets.flat(i), i, classes() - 1));
      }
    }
    return hidden.extent(0);
  }

  private void requireRows(Tensor hidden) {
    if (hidden.rank() != 2 || hidden.extent(1) != inputSize || hidden.extent(0) == 0) {
      throw new IllegalArgumentException(
          "AdaptiveSoftmax: hidden must be [rows, %d] with at least one row, not %s"
              .formatted(inputSize, hidden.shape()));
    }
  }

  /**
   * The log-probabilities of all classes.
   *
   * @param hidden [N, H]
   * @return [N, V]
   */
  public Tensor logProbabilities(Tensor hidden) {
    requireRows(hidden);
    return all(hidden, head.forward(hidden).logSoftmax(1));
  }

  private Tensor all(Tensor hidden, Tensor inHead) {
    List<Tensor> parts = new ArrayList<>();
    parts.add(inHead.narrow(1, 0, bounds[0]));
    for (int k = 0; k < tails.size(); k++) {
      Tensor cluster = inHead.narrow(1, bounds[0] + k, 1);
      parts.add(tails.get(k).logProbabilities(hidden).add(cluster));
    }
    return Tensor.cat(parts, 1);
  }

  /**
   * The likeliest class of each row; clusters are looked into only where the head prefers one.
   *
   * @param hidden [N, H]
   * @return [N]
   */
  public IntTensor predict(Tensor hidden) {
    requireRows(hidden);
    Tensor inHead = head.forward(hidden.detach()).logSoftmax(1);
    int[] best = inHead.argmax(1).toArray();
    int[] open = IntStream.range(0, best.length).filter(i -> best[i] >= bounds[0]).toArray();
    if (open.length > 0) {
      IntTensor rows = IntTensor.of(open);
      Tensor some = all(hidden.detach().indexSelect(0, rows), inHead.indexSelect(0, rows));
      int[] found = some.argmax(1).toArray();
      for (int i = 0; i < open.length; i++) {
        best[open[i]] = found[i];
      }
    }
    return IntTensor.of(best);
  }
}
