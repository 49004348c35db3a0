package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds cotangents that are to stand side by side: those whose products are added up, {@code g_a
 * W_a^T + g_b W_b^T}, and those that sums over rows and steps share a factor with, {@code x^T g_a}
 * and {@code x^T g_b}.
 */
final class SideBySide {

  /**
   * Products that are added up.
   *
   * @param products in the order of their left sides
   * @param others what else the sum consists of
   */
  record AddedProducts(List<Value> products, List<Value> others) {}

  /**
   * Sums over rows and steps that are parts of one.
   *
   * @param sums in the order of the factors in which they differ
   * @param factors these
   * @param onTheLeft whether it is the left factor
   */
  record Sums(List<Value> sums, List<Value> factors, boolean onTheLeft) {}

  private final Map<Value, List<Value>> users;
  private final Set<Value> roots;
  private final Predicate<Value> recurrent;
  private final Predicate<Value> inLoop;

  /** Values that stand side by side, in order, by which they are. */
  private final Map<Set<Value>, List<Value>> joins = new LinkedHashMap<>();

  private final Set<Value> joined = new HashSet<>();
  private final Map<Value, AddedProducts> added = new HashMap<>();
  private final List<Sums> sums = new ArrayList<>();
  private final Set<Value> absorbed = new HashSet<>();

  /**
   * @param users of each value
   * @param roots what is wanted by itself
   * @param recurrent whether a later step enters a value
   * @param inLoop whether an earlier step needs it
   */
  SideBySide(
      Map<Value, List<Value>> users,
      Set<Value> roots,
      Predicate<Value> recurrent,
      Predicate<Value> inLoop) {
    this.users = users;
    this.roots = roots;
    this.recurrent = recurrent;
    this.inLoop = inLoop;
  }

  /** Looks at the values of a derivative. */
  void find(List<Value> values) {
    values.stream().filter(v -> Bundles.isAddition(v) && !isTerm(v)).forEach(this::findProducts);
    findSums(values);
  }

  /** The products that are added up in a sum, or null if it stays as it is. */
  @Nullable AddedProducts addedIn(Value sum) {
    return added.get(sum);
  }

  /** Whether a value is part of what {@link #addedIn} tells of a sum. */
  boolean isAbsorbed(Value value) {
    return absorbed.contains(value);
  }

  /** Sums over rows and steps that become one. */
  List<Sums> sums() {
    return sums;
  }

  // ---- products that are added up ----

  /** Whether a value is read by one sum and nothing else. */
  private boolean isTerm(Value value) {
    List<Value> readers = users.getOrDefault(value, List.of());
    return readers.size() == 1 && !roots.contains(value) && Bundles.isAddition(readers.getFirst());
  }

  private void findProducts(Value sum) {
    List<Value> terms = new ArrayList<>();
    List<Value> inner = new ArrayList<>();
    collect(sum, terms, inner);
    record Kind(boolean recurrent, boolean inLoop) {}
    Map<Kind, Map<Value, Value>> byKind = new LinkedHashMap<>();
    terms.stream()
        .filter(term -> term.isProduct() && isTerm(term) && isMovable(term.args.getFirst()))
        .sorted(Comparator.comparingInt(SideBySide::capture))
        .forEach(
            term -> {
              Value left = term.args.getFirst();
              Kind kind = new Kind(recurrent.test(left), inLoop.test(left));
              byKind.computeIfAbsent(kind, k -> new LinkedHashMap<>()).putIfAbsent(left, term);
            });
    for (Map<Value, Value> byLeft : byKind.values()) {
      if (byLeft.size() > 1) {
        List<Value> order =
            joins.computeIfAbsent(Set.copyOf(byLeft.keySet()), s -> List.copyOf(byLeft.keySet()));
        joined.addAll(order);
        List<Value> products =
            order.stream().map(left -> Objects.requireNonNull(byLeft.get(left))).toList();
        terms.removeAll(products);
        added.put(sum, new AddedProducts(products, terms));
        absorbed.addAll(products);
        absorbed.addAll(inner);
        return;
      }
    }
  }

  private void collect(Value sum, List<Value> terms, List<Value> inner) {
    for (Value term : sum.args) {
      if (Bundles.isAddition(term) && isTerm(term)) {
        inner.add(term);
        collect(term, terms, inner);
      } else {
        terms.add(term);
      }
    }
  }

  private static int capture(Value product) {
    return ((Value.Product) product.what).matrix().capture();
  }

  /** Whether a value can be computed in its place beside others. */
  private static boolean isMovable(Value value) {
    return !value.isLeaf() && !(value.what instanceof Value.Slice);
  }

  // ---- sums over rows and steps ----

  private void findSums(List<Value> values) {
    Map<List<Value>, List<Value>> byLeft = new LinkedHashMap<>();
    Map<Value, List<Value>> byRight = new LinkedHashMap<>();
    List<Value> rowSums = new ArrayList<>();
    for (Value value : values) {
      if (value.what instanceof Value.RowSum) {
        rowSums.add(value);
      } else if (value.what instanceof Value.OuterSum) {
        List<Value> left = value.args.subList(0, value.args.size() - 1);
        byLeft.computeIfAbsent(left, l -> new ArrayList<>()).add(value);
        if (left.size() == 1) {
          byRight.computeIfAbsent(value.args.getLast(), r -> new ArrayList<>()).add(value);
        }
      }
    }
    Set<Value> taken = new HashSet<>();
    byLeft.values().forEach(same -> merge(same, false, taken));
    for (List<Value> same : byRight.values()) {
      merge(same.stream().filter(sum -> !taken.contains(sum)).toList(), true, taken);
    }
    List<List<Value>> largestFirst = new ArrayList<>(joins.values());
    largestFirst.sort(Comparator.comparingInt((List<Value> join) -> join.size()).reversed());
    for (List<Value> join : largestFirst) {
      List<Value> parts =
          rowSums.stream()
              .filter(s -> join.contains(s.args.getFirst()) && !taken.contains(s))
              .toList();
      if (parts.size() > 1) {
        sums.add(new Sums(parts, join, true));
        taken.addAll(parts);
      }
    }
  }

  private void merge(List<Value> same, boolean onTheLeft, Set<Value> taken) {
    Map<Value, Value> byFactor = new LinkedHashMap<>();
    for (Value sum : same) {
      Value factor = onTheLeft ? sum.args.getFirst() : sum.args.getLast();
      if (isMovable(factor)) {
        byFactor.put(factor, sum);
      }
    }
    List<Value> factors = byFactor.size() < 2 ? null : order(byFactor.keySet());
    if (factors != null) {
      List<Value> parts =
          factors.stream().map(f -> Objects.requireNonNull(byFactor.get(f))).toList();
      sums.add(new Sums(parts, factors, onTheLeft));
      taken.addAll(parts);
    }
  }

  /** The order in which just these values stand side by side, or null if they cannot. */
  private @Nullable List<Value> order(Set<Value> factors) {
    List<Value> known = joins.get(factors);
    if (known != null) {
      return known;
    }
    Value first = factors.iterator().next();
    boolean alike =
        factors.stream()
            .allMatch(
                f ->
                    !joined.contains(f)
                        && recurrent.test(f) == recurrent.test(first)
                        && inLoop.test(f) == inLoop.test(first));
    if (!alike) {
      return null;
    }
    List<Value> order = ValueSets.inOrder(factors);
    joins.put(Set.copyOf(factors), order);
    joined.addAll(order);
    return order;
  }
}
