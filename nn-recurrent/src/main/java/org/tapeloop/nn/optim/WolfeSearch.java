package org.tapeloop.nn.optim;

import org.tapeloop.nn.optim.Lbfgs.Objective;
import org.tapeloop.nn.optim.Lbfgs.Point;

/**
 * Finds a step that satisfies the strong Wolfe conditions: it lengthens the step until an interval
 * must hold one, then narrows that down. Source: Nocedal and Wright 2006, algorithms 3.5 and 3.6.
 */
final class WolfeSearch {
  /** How much of the first slope's promise a step must keep. */
  private static final double DECREASE = 1e-4;

  /** How much of the first slope may be left. */
  private static final double CURVATURE = 0.9;

  /** A step that is not long enough is lengthened at least by the first, at most by the second. */
  private static final double LEAST_GROWTH = 1.01;

  private static final double MOST_GROWTH = 10;

  /** An interpolated step keeps this part of an interval's width from its ends. */
  private static final double MARGIN = 0.1;

  private final Objective objective;
  private final int maxEvaluations;

  /**
   * @param maxEvaluations of the objective, those before the search counted
   */
  WolfeSearch(Objective objective, int maxEvaluations) {
    this.objective = objective;
    this.maxEvaluations = maxEvaluations;
  }

  /**
   * A step down the line; the lowest point seen if evaluations run out.
   *
   * @param start where the line begins
   * @param slope there, below 0
   * @param begin the first length to try
   */
  Point from(Point start, double slope, double begin) {
    Point origin = new Point(0, start.loss(), start.gradient(), slope);
    Point low = origin;
    double t = begin;
    while (true) {
      Point at = objective.evaluate(t);
      if (!keeps(at, origin) || (low.length() > 0 && at.loss() >= low.loss())) {
        return narrowed(origin, low, at);
      }
      if (Math.abs(at.slope()) <= -CURVATURE * slope) {
        return at;
      }
      if (at.slope() >= 0) {
        return narrowed(origin, at, low);
      }
      if (objective.evaluations() >= maxEvaluations) {
        return at;
      }
      double least = t + (LEAST_GROWTH - 1) * (t - low.length()) + Math.ulp(t);
      double further = minimum(low, at, least, MOST_GROWTH * t);
      low = at;
      t = further;
    }
  }

  private static boolean keeps(Point at, Point origin) {
    // Written so that a loss of NaN is not taken for a low one.
    return at.loss() <= origin.loss() + DECREASE * at.length() * origin.slope();
  }

  /** Between a point that keeps the first condition and one on the other side of a minimum. */
  private Point narrowed(Point origin, Point lower, Point upper) {
    Point low = lower;
    Point high = upper;
    while (objective.evaluations() < maxEvaluations) {
      double a = Math.min(low.length(), high.length());
      double b = Math.max(low.length(), high.length());
      double keep = MARGIN * (b - a);
      double t = minimum(low, high, a + keep, b - keep);
      if (!(t > a && t < b)) {
        break;
      }
      Point at = objective.evaluate(t);
      if (!keeps(at, origin) || at.loss() >= low.loss()) {
        high = at;
        continue;
      }
      if (Math.abs(at.slope()) <= -CURVATURE * origin.slope()) {
        return at;
      }
      if (at.slope() * (high.length() - low.length()) >= 0) {
        high = low;
      }
      low = at;
    }
    return low;
  }

  /**
   * Where the cubic through two points with their slopes is lowest, moved into bounds; their middle
   * where there is no such cubic.
   */
  static double minimum(Point p, Point q, double least, double most) {
    double width = q.length() - p.length();
    double a = p.slope() + q.slope() - 3 * (q.loss() - p.loss()) / width;
    double root = Math.sqrt(a * a - p.slope() * q.slope());
    double signed = Math.copySign(root, width);
    double t = q.length() - width * (q.slope() + signed - a) / (q.slope() - p.slope() + 2 * signed);
    return Double.isFinite(t) ? Math.clamp(t, least, most) : (least + most) / 2;
  }
}
