package org.tapeloop.autograd.scan;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How threads share the sums over rows and steps of a backward pass. Where whole sums can be dealt
 * out so that all threads have about as much to do, each is one thread's: a product that is split
 * has an operand copied by every thread. The costliest are split, until the others can be dealt
 * out.
 */
final class SumShares {
  /** Multiply-adds that take some times as long as waking a thread. */
  private static final double WORTH_SHARING = 1 << 22;

  /** How much longer than its share a thread may take before sums are split instead. */
  private static final double BALANCED = 1.1;

  /** A number that is only added up costs about as much as so many multiply-adds of a product. */
  private static final double PLAIN = 8;

  private final List<Plan.Sum> sums;

  /** The costliest first. */
  private final int[] order;

  /** How many of them are split at least. */
  private final int split;

  /** Multiply-adds a row of those that are not. */
  private final double rest;

  SumShares(List<Plan.Sum> sums, int threads) {
    this.sums = sums;
    order =
        IntStream.range(0, sums.size())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -cost(sums.get(i))))
            .mapToInt(i -> i)
            .toArray();
    int first = threads == 1 ? order.length : 0;
    while (first < order.length && !isBalanced(first, threads)) {
      first++;
    }
    split = first;
    rest = IntStream.range(first, order.length).mapToDouble(i -> cost(sum(i))).sum();
  }

  /** Multiply-adds a row. */
  private static double cost(Plan.Sum sum) {
    if (sum.inLoop()) {
      return 0;
    }
    Location right = sum.b();
    return (right == null ? PLAIN : right.width()) * sum.width();
  }

  /** Whether threads that take the costliest of these first are done at about the same time. */
  private boolean isBalanced(int first, int threads) {
    double[] busy = new double[threads];
    double all = 0;
    for (int i = first; i < order.length; i++) {
      int free = 0;
      for (int thread = 1; thread < threads; thread++) {
        free = busy[thread] < busy[free] ? thread : free;
      }
      busy[free] += cost(sum(i));
      all += cost(sum(i));
    }
    double longest = 0;
    for (double until : busy) {
      longest = Math.max(longest, until);
    }
    return longest * threads <= BALANCED * all;
  }

  private Plan.Sum sum(int i) {
    return sums.get(order[i]);
  }

  int count() {
    return order.length;
  }

  /** The number in the plan of the sum that is the i-th costliest. */
  int number(int i) {
    return order[i];
  }

  /** How many of the costliest all threads share; the others are dealt out. */
  int split(int rows) {
    return rest * rows >= WORTH_SHARING ? split : order.length;
  }
}
