package org.tapeloop.nn.loss;

/**
 * Options of {@link Loss#klDivergence}, starting from {@link #BATCH_MEAN}.
 *
 * @param over what is added up or averaged
 * @param ofLogs whether targets are given as logarithms of probabilities
 */
public record KlDivergence(Over over, boolean ofLogs) {

  /** What the terms, one an element, become. */
  public enum Over {
    /** One term an element. */
    ITEMS,
    /** The mean over all elements: PyTorch's default, which is no divergence. */
    ELEMENT_MEAN,
    /** The sum divided by the first extent: the mean divergence of a batch of distributions. */
    BATCH_MEAN,
    /** The sum. */
    SUM
  }

  /** The mean divergence of a batch of distributions. */
  public static final KlDivergence BATCH_MEAN = new KlDivergence(Over.BATCH_MEAN, false);

  /** Averaged or added up otherwise. */
  public KlDivergence reducing(Over other) {
    return new KlDivergence(other, ofLogs);
  }

  /** For targets that are logarithms of probabilities. */
  public KlDivergence withLogTargets() {
    return new KlDivergence(over, true);
  }
}
