package org.tapeloop.nn.decoding;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;

/**
 * Finds the labels that a network trained with {@link org.tapeloop.nn.loss.Loss#ctc CTC} says.
 *
 * @param blank the class that stands for no label
 */
public record CtcDecoder(int blank) {

  /** Checks the blank. */
  public CtcDecoder {
    if (blank < 0) {
      throw new IllegalArgumentException("ctc: the blank must be a class, not " + blank);
    }
  }

  /**
   * The likeliest path.
   *
   * @param path the class of each frame [T]
   * @param labels the path with repeats merged and then blanks dropped [L]
   * @param score the path's log-probability
   */
  public record Path(IntTensor path, IntTensor labels, double score) {}

  /**
   * Labels that were found.
   *
   * @param labels [L]
   * @param score the log-probability of all their paths that were followed
   * @param rank the score, with what the language model and the bonus add
   */
  public record Labelling(IntTensor labels, double score, double rank) {}

  /** A language model over labels. */
  @FunctionalInterface
  public interface LabelModel {
    /**
     * The log-probability of a label.
     *
     * @param before the labels before it; not to be changed
     */
    double logProbability(int[] before, int label);
  }

  /**
   * The labels of the likeliest path, which need not be the likeliest labels; of equal classes the
   * smaller one.
   *
   * @param logProbabilities [T, C]
   * @throws ArithmeticException if a log-probability is NaN
   */
  public Path greedy(Tensor logProbabilities) {
    double[] scores = checked(logProbabilities);
    int classes = logProbabilities.extent(1);
    int[] path = new int[logProbabilities.extent(0)];
    List<Integer> labels = new ArrayList<>();
    double score = 0;
    for (int t = 0; t < path.length; t++) {
      for (int c = 1; c < classes; c++) {
        if (scores[t * classes + c] > scores[t * classes + path[t]]) {
          path[t] = c;
        }
      }
      score += scores[t * classes + path[t]];
      if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) {
        labels.add(path[t]);
      }
    }
    return new Path(
        IntTensor.of(path),
        IntTensor.of(labels.stream().mapToInt(Integer::intValue).toArray()),
        score);
  }

  /**
   * The likeliest labels, adding up the paths of each; see {@link #prefixBeam(Tensor, int,
   * LabelModel, double, double)}.
   *
   * @param logProbabilities [T, C]
   * @param width how many beginnings are followed
   */
  public List<Labelling> prefixBeam(Tensor logProbabilities, int width) {
    return prefixBeam(logProbabilities, width, (before, label) -> 0, 0, 0);
  }

  /**
   * The likeliest labels by prefix beam search: for each beginning, the probabilities of its paths
   * that end in a blank and in its last label are carried from frame to frame, and the best
   * beginnings are followed, by {@code score + weight * ln p(labels) + bonus * length}. Of equals
   * the lexicographically smaller comes first.
   *
   * <p>Source: Graves and Jaitly 2014; with a language model, Hannun et al. 2014, arXiv 1408.2873.
   *
   * @param logProbabilities [T, C]
   * @param width how many beginnings are followed
   * @param model of the language
   * @param weight of the language model
   * @param bonus for each label, against the model's preference for few
   * @return at most as many as the beam is wide, the best one first; none that frames or language
   *     model make impossible
   * @throws ArithmeticException if a log-probability is NaN
   */
  public List<Labelling> prefixBeam(
      Tensor logProbabilities, int width, LabelModel model, double weight, double bonus) {
    double[] scores = checked(logProbabilities);
    int classes = logProbabilities.extent(1);
    if (width < 1) {
      throw new IllegalArgumentException("ctc: the width must be at least 1, not " + width);
    }
    Map<Prefix, Mass> beam = new LinkedHashMap<>();
    Prefix empty = new Prefix(null, -1, 0);
    beam.put(empty, new Mass(0, Double.NEGATIVE_INFINITY));
    for (int t = 0; t < logProbabilities.extent(0); t++) {
      Map<Prefix, Mass> next = new LinkedHashMap<>();
      for (var each : beam.entrySet()) {
        extend(each.getKey(), each.getValue(), scores, t * classes, classes, next);
      }
      beam = best(next, width, model, weight, bonus);
    }
    List<Labelling> found = new ArrayList<>();
    beam.forEach(
        (prefix, mass) ->
            found.add(
                new Labelling(
                    IntTensor.of(prefix.labels()),
                    mass.total(),
                    mass.total() + prefix.added(model, weight, bonus))));
    return found;
  }

  /** What a frame makes of a beginning. */
  private void extend(
      Prefix prefix, Mass mass, double[] scores, int frame, int classes, Map<Prefix, Mass> next) {
    for (int c = 0; c < classes; c++) {
      double p = scores[frame + c];
      if (c == blank) {
        mass(next, prefix).addInBlank(mass.total() + p);
      } else if (c == prefix.last) {
        mass(next, prefix).addInLabel(mass.inLabel + p);
        mass(next, prefix.followedBy(c)).addInLabel(mass.inBlank + p);
      } else {
        mass(next, prefix.followedBy(c)).addInLabel(mass.total() + p);
      }
    }
  }

  private static Mass mass(Map<Prefix, Mass> of, Prefix prefix) {
    return of.computeIfAbsent(
        prefix, unseen -> new Mass(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY));
  }

  private static Map<Prefix, Mass> best(
      Map<Prefix, Mass> all, int width, LabelModel model, double weight, double bonus) {
    double impossible = Double.NEGATIVE_INFINITY;
    all.values().removeIf(mass -> mass.total() == impossible);
    Map<Prefix, Double> ranks = new LinkedHashMap<>();
    all.forEach(
        (prefix, mass) -> ranks.put(prefix, -mass.total() - prefix.added(model, weight, bonus)));
    all.keySet().removeIf(prefix -> ranks.getOrDefault(prefix, 0.0) == -impossible);
    Map<Prefix, Mass> kept = new LinkedHashMap<>();
    all.entrySet().stream()
        .sorted(
            Comparator.<Map.Entry<Prefix, Mass>>comparingDouble(
                    entry -> ranks.getOrDefault(entry.getKey(), 0.0))
                .thenComparing(entry -> entry.getKey().labels(), Arrays::compare))
        .limit(width)
        .forEach(entry -> kept.put(entry.getKey(), entry.getValue()));
    return kept;
  }

  /** The log-probabilities, row by row. */
  private double[] checked(Tensor logProbabilities) {
    if (logProbabilities.rank() != 2 || blank >= logProbabilities.extent(1)) {
      throw new IllegalArgumentException(
          "ctc: log-probabilities must be [time, classes] with the blank %d among the classes, not %s"
              .formatted(blank, logProbabilities.shape()));
    }
    double[] scores = logProbabilities.toDoubleArray();
    for (int i = 0; i < scores.length; i++) {
      if (Double.isNaN(scores[i])) {
        int classes = logProbabilities.extent(1);
        throw new ArithmeticException(
            "ctc: the log-probability of class %d in frame %d is NaN; has training diverged?"
                .formatted(i % classes, i / classes));
      }
    }
    return scores;
  }

  /** Log-probabilities of the paths that end in a blank, and in the last label. */
  private static final class Mass {
    private double inBlank;
    private double inLabel;

    Mass(double inBlank, double inLabel) {
      this.inBlank = inBlank;
      this.inLabel = inLabel;
    }

    void addInBlank(double more) {
      inBlank = logAdd(inBlank, more);
    }

    void addInLabel(double more) {
      inLabel = logAdd(inLabel, more);
    }

    double total() {
      return logAdd(inBlank, inLabel);
    }

    private static double logAdd(double a, double b) {
      double larger = Math.max(a, b);
      return larger == Double.NEGATIVE_INFINITY
          ? larger
          : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
    }
  }

  /** A beginning: one object for the same labels, so that identity is equality. */
  private static final class Prefix {
    private final @Nullable Prefix before;
    private final int last;
    private final int length;
    private final Map<Integer, Prefix> followers = new TreeMap<>();
    private double language = Double.NaN;

    Prefix(@Nullable Prefix before, int last, int length) {
      this.before = before;
      this.last = last;
      this.length = length;
    }

    Prefix followedBy(int label) {
      return followers.computeIfAbsent(label, unseen -> new Prefix(this, label, length + 1));
    }

    int[] labels() {
      int[] labels = new int[length];
      Prefix at = this;
      for (int k = length - 1; k >= 0 && at != null; k--) {
        labels[k] = at.last;
        at = at.before;
      }
      return labels;
    }

    /** What the language model and the bonus add to the score. */
    double added(LabelModel model, double weight, double bonus) {
      return weight == 0 ? bonus * length : weight * language(model) + bonus * length;
    }

    private double language(LabelModel model) {
      if (before == null) {
        return 0;
      }
      if (Double.isNaN(language)) {
        language = before.language(model) + model.logProbability(before.labels(), last);
      }
      return language;
    }
  }
}
