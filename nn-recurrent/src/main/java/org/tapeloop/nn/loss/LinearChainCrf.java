package org.tapeloop.nn.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Parameter;

/**
 * A conditional random field over the tags of a sequence: neighbouring tags are scored together.
 *
 * <pre>
 * score(y) = start[y_1] + sum_t emission[t, y_t] + sum_{t > 1} transition[y_{t-1}, y_t] + end[y_T]
 * p(y) = exp(score(y)) / sum_y' exp(score(y'))
 * </pre>
 *
 * <p>Parameters {@code start_transitions} [C], {@code end_transitions} [C] and {@code transitions}
 * [C, C], from row to column, drawn uniformly from [-0.1, 0.1). Emissions are what a network gives
 * for each step and tag, [T, B, C]. Padding counts nowhere and gets no gradient.
 *
 * <p>Source: Lafferty, McCallum and Pereira 2001; with recurrent networks Lample et al. 2016, arXiv
 * 1603.01360.
 */
public final class LinearChainCrf extends Layer {
  private static final double BOUND = 0.1;

  private final int tags;
  private final Parameter start;
  private final Parameter end;
  private final Parameter transitions;

  /**
   * A field over a number of tags.
   *
   * @throws IllegalArgumentException if there are none
   */
  public LinearChainCrf(int tags, Generator generator) {
    if (tags < 1) {
      throw new IllegalArgumentException("LinearChainCrf: tags must be at least 1, not " + tags);
    }
    this.tags = tags;
    Initializer initial = Initializer.uniform(BOUND);
    start = parameter("start_transitions", initial.create(Shape.of(tags), generator));
    end = parameter("end_transitions", initial.create(Shape.of(tags), generator));
    transitions = parameter("transitions", initial.create(Shape.of(tags, tags), generator));
  }

  // ---- likelihood ----

  /**
   * {@code -ln p(y)} of given tags: what training makes small, usually as its mean.
   *
   * @param emissions [T, B, C]
   * @param y tags [T, B]; what stands in padding is not looked at
   * @param lengths of the sequences, or null if all have T steps
   * @return [B]
   * @throws IllegalArgumentException if shapes do not fit
   * @throws IndexOutOfBoundsException if a tag is not in 0..C-1
   */
  public Tensor negativeLogLikelihood(Tensor emissions, IntTensor y, @Nullable Lengths lengths) {
    return logPartition(emissions, lengths).sub(score(emissions, y, lengths));
  }

  /**
   * {@code ln sum_y exp(score(y))} over all taggings, by the forward recursion in log space.
   *
   * @param emissions [T, B, C]
   * @param lengths of the sequences, or null if all have T steps
   * @return [B]
   */
  public Tensor logPartition(Tensor emissions, @Nullable Lengths lengths) {
    check(emissions, lengths);
    List<Tensor> steps = emissions.unstack(0);
    Tensor paths = steps.getFirst().add(start.value());
    for (int t = 1; t < steps.size(); t++) {
      // [B, from, 1] + [from, to]
      Tensor moved = paths.unsqueeze(2).add(transitions.value()).logSumExp(1);
      Tensor next = moved.add(steps.get(t));
      paths = lengths == null ? next : running(lengths, t, next.dtype()).where(next, paths);
    }
    return paths.add(end.value()).logSumExp(1);
  }

  /**
   * The score of given tags.
   *
   * @return [B]
   */
  public Tensor score(Tensor emissions, IntTensor y, @Nullable Lengths lengths) {
    check(emissions, lengths);
    int time = emissions.extent(0);
    int batch = emissions.extent(1);
    if (!y.shape().equals(Shape.of(time, batch))) {
      throw new IllegalArgumentException(
          "crf: emissions %s want tags [%d, %d], not %s"
              .formatted(emissions.shape(), time, batch, y.shape()));
    }
    int[] tag = y.toArray();
    double[] inside = new double[tag.length];
    int[] pair = new int[(time - 1) * batch];
    int[] last = new int[batch];
    for (int t = 0; t < time; t++) {
      for (int b = 0; b < batch; b++) {
        int i = t * batch + b;
        if (lengths != null && t >= lengths.get(b)) {
          tag[i] = 0;
        } else if (tag[i] < 0 || tag[i] >= tags) {
          throw new IndexOutOfBoundsException(
              "crf: tag %d at step %d of sequence %d is not in 0..%d"
                  .formatted(tag[i], t, b, tags - 1));
        } else {
          inside[i] = 1;
          last[b] = tag[i];
        }
        if (t > 0) {
          pair[i - batch] = tag[i - batch] * tags + tag[i];
        }
      }
    }
    DType dtype = emissions.dtype();
    Tensor mask = Tensor.ofDoubles(Shape.of(time, batch), inside).to(dtype);
    Tensor emitted = emissions.gather(2, IntTensor.of(Shape.of(time, batch, 1), tag)).squeeze(2);
    Tensor total = mask.where(emitted, emitted.zerosLike()).sum(0);
    Tensor moved =
        transitions
            .value()
            .reshape(tags * tags)
            .indexSelect(0, IntTensor.of(pair))
            .reshape(time - 1, batch);
    Tensor moves = mask.narrow(0, 1, time - 1).where(moved, moved.zerosLike()).sum(0);
    Tensor begun = start.value().indexSelect(0, IntTensor.of(Arrays.copyOf(tag, batch)));
    return total.add(moves).add(begun).add(end.value().indexSelect(0, IntTensor.of(last)));
  }

  // ---- the best tagging ----

  /**
   * A tagging and its score.
   *
   * @param tags one a step
   * @param score of these, not divided by the partition
   */
  public record Tagging(List<Integer> tags, double score) {}

  /**
   * The tagging of the highest score of each sequence, by Viterbi's recursion; of equal ones the
   * tag with the smaller number, from the last step backwards.
   *
   * @param emissions [T, B, C]
   * @param lengths of the sequences, or null if all have T steps
   * @return one tagging a sequence, as long as it is
   * @throws ArithmeticException if an emission of a sequence is NaN
   */
  public List<Tagging> viterbi(Tensor emissions, @Nullable Lengths lengths) {
    check(emissions, lengths);
    double[] moves = transitions.value().toDoubleArray();
    double[] begin = start.value().toDoubleArray();
    double[] finish = end.value().toDoubleArray();
    List<Tagging> best = new ArrayList<>();
    for (int b = 0; b < emissions.extent(1); b++) {
      int time = lengths == null ? emissions.extent(0) : lengths.get(b);
      double[] scores = emissions.detach().select(1, b).toDoubleArray();
      requireNumbers(scores, time, b);
      best.add(viterbi(time, scores, begin, moves, finish));
    }
    return best;
  }

  /** NaN is neither larger nor smaller: what the recursion chose would mean nothing. */
  private void requireNumbers(double[] emissions, int time, int sequence) {
    for (int i = 0; i < time * tags; i++) {
      if (Double.isNaN(emissions[i])) {
        throw new ArithmeticException(
            "crf: the emission of tag %d at step %d of sequence %d is NaN; has training diverged?"
                .formatted(i % tags, i / tags, sequence));
      }
    }
  }

  private Tagging viterbi(
      int time, double[] emissions, double[] begin, double[] moves, double[] finish) {
    int[] from = new int[time * tags];
    double[] paths = new double[tags];
    for (int c = 0; c < tags; c++) {
      paths[c] = begin[c] + emissions[c];
    }
    for (int t = 1; t < time; t++) {
      double[] next = new double[tags];
      for (int to = 0; to < tags; to++) {
        int argmax = 0;
        for (int c = 1; c < tags; c++) {
          if (paths[c] + moves[c * tags + to] > paths[argmax] + moves[argmax * tags + to]) {
            argmax = c;
          }
        }
        from[t * tags + to] = argmax;
        next[to] = paths[argmax] + moves[argmax * tags + to] + emissions[t * tags + to];
      }
      paths = next;
    }
    int tag = 0;
    for (int c = 1; c < tags; c++) {
      if (paths[c] + finish[c] > paths[tag] + finish[tag]) {
        tag = c;
      }
    }
    double score = paths[tag] + finish[tag];
    Integer[] path = new Integer[time];
    for (int t = time - 1; t >= 0; t--) {
      path[t] = tag;
      tag = from[t * tags + tag];
    }
    return new Tagging(List.of(path), score);
  }

  // ---- checks ----

  private void check(Tensor emissions, @Nullable Lengths lengths) {
    if (emissions.rank() != 3 || emissions.extent(2) != tags || emissions.extent(0) == 0) {
      throw new IllegalArgumentException(
          "crf: emissions must be [time, batch, %d] with a step at least, not %s"
              .formatted(tags, emissions.shape()));
    }
    if (lengths != null) {
      lengths.check(emissions.extent(0), emissions.extent(1));
    }
  }

  /** 1 for sequences that have a step t, else 0: [B, 1]. */
  private static Tensor running(Lengths lengths, int t, DType dtype) {
    double[] mask = new double[lengths.batch()];
    for (int b = 0; b < mask.length; b++) {
      mask[b] = t < lengths.get(b) ? 1 : 0;
    }
    return Tensor.ofDoubles(Shape.of(mask.length, 1), mask).to(dtype);
  }
}
