package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How threads share the sums over rows and steps of a backward pass. Products of one left factor
 * are one piece of work, for a backend copies the factor once for all of them. Where pieces can be
 * dealt out so that all threads have about as much to do, each is one thread's: a product that is
 * split has an operand copied by every thread. The costliest are split, until the others can be
 * dealt out.
 */
final class SumShares {
  /** Multiply-adds that take some times as long as waking a thread. */
  private static final double WORTH_SHARING = 1 << 22;

  /** How much longer than its share a thread may take before sums are split instead. */
  private static final double BALANCED = 1.1;

  /** A number that is only added up costs about as much as so many multiply-adds of a product. */
  private static final double PLAIN = 8;

  private final List<Plan.Sum> sums;

  /** The numbers of the sums in each piece; the costliest piece first. */
  private final List<List<Integer>> pieces;

  /** How many of them are split at least. */
  private final int split;

  /** Multiply-adds a row of those that are not. */
  private final double rest;

  SumShares(List<Plan.Sum> sums, int threads) {
    this.sums = sums;
    pieces = new ArrayList<>(pieces(sums));
    pieces.sort(Comparator.comparingDouble(piece -> -cost(piece)));
    int first = threads == 1 ? pieces.size() : 0;
    while (first < pieces.size() && !isBalanced(first, threads)) {
      first++;
    }
    split = first;
    rest = pieces.subList(first, pieces.size()).stream().mapToDouble(this::cost).sum();
  }

  private static Collection<List<Integer>> pieces(List<Plan.Sum> sums) {
    Map<Object, List<Integer>> pieces = new LinkedHashMap<>();
    for (int i = 0; i < sums.size(); i++) {
      Plan.Sum sum = sums.get(i);
      boolean isProduct = sum.value().what instanceof Value.OuterSum && sum.a().size() == 1;
      Object key = isProduct && !sum.inLoop() ? sum.a().getFirst() : i;
      pieces.computeIfAbsent(key, k -> new ArrayList<>()).add(i);
    }
    return pieces.values();
  }

  private double cost(List<Integer> piece) {
    double cost = 0;
    for (int number : piece) {
      cost += cost(sums.get(number));
    }
    return cost;
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
    for (List<Integer> piece : pieces.subList(first, pieces.size())) {
      int free = 0;
      for (int thread = 1; thread < threads; thread++) {
        free = busy[thread] < busy[free] ? thread : free;
      }
      busy[free] += cost(piece);
      all += cost(piece);
    }
    double longest = 0;
    for (double until : busy) {
      longest = Math.max(longest, until);
    }
    return longest * threads <= BALANCED * all;
  }

  /** Number of pieces. */
  int count() {
    return pieces.size();
  }

  /** The numbers in the plan of the sums in the piece that is the i-th costliest. */
  List<Integer> numbers(int i) {
    return pieces.get(i);
  }

  /** How many of the costliest pieces all threads share; the others are dealt out. */
  int split(int rows) {
    return rest * rows >= WORTH_SHARING ? split : pieces.size();
  }
}
