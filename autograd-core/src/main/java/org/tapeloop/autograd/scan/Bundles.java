package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * Finds values that are to become columns of one: products of one left side with several matrices,
 * and the sums of the products of two such bundles, one by one.
 */
final class Bundles {

  /** Values that stand side by side, in this order. */
  static final class Bundle {
    private final List<Value> members;

    /** What is added up, or null where the members are products. */
    private final @Nullable Bundle a;

    private final @Nullable Bundle b;

    /** How many members, from the first on, may not change their places. */
    private int fixed;

    private Bundle(List<Value> members, @Nullable Bundle a, @Nullable Bundle b) {
      this.members = members;
      this.a = a;
      this.b = b;
    }

    List<Value> members() {
      return members;
    }

    boolean isAddition() {
      return a != null;
    }

    /** The bundle whose columns from {@link #start} on are added to those of {@link #addend}. */
    Bundle into() {
      return Objects.requireNonNull(a);
    }

    Bundle addend() {
      return Objects.requireNonNull(b);
    }

    /** The first column of {@link #into} that something is added to. */
    int start() {
      Value first = members.getFirst();
      Value term =
          into().members.contains(first.args.get(0)) ? first.args.get(0) : first.args.get(1);
      return into().column(term);
    }

    /** The first column of a member. */
    int column(Value member) {
      return members.subList(0, members.indexOf(member)).stream().mapToInt(m -> m.width).sum();
    }

    int width() {
      return members.stream().mapToInt(m -> m.width).sum();
    }
  }

  private final Map<Value, List<Value>> users;
  private final Set<Value> roots;
  private final Map<Value, Bundle> byMember = new HashMap<>();

  /**
   * @param users of each value
   * @param roots what is wanted by itself, and so keeps a place of its own
   */
  Bundles(Map<Value, List<Value>> users, Set<Value> roots) {
    this.users = users;
    this.roots = roots;
  }

  /** The bundle that a value is a member of, or null. */
  @Nullable Bundle of(Value value) {
    return byMember.get(value);
  }

  /**
   * Bundles the products among the values.
   *
   * @param inLoop products in the loop and outside it do not mix
   */
  void find(List<Value> values, Predicate<Value> inLoop) {
    record Side(Value left, boolean inLoop) {}
    Map<Side, List<Value>> products = new LinkedHashMap<>();
    for (Value value : values) {
      if (value.isProduct() && !roots.contains(value)) {
        Side side = new Side(value.args.getFirst(), inLoop.test(value));
        products.computeIfAbsent(side, s -> new ArrayList<>()).add(value);
      }
    }
    List<Bundle> all = new ArrayList<>();
    for (List<Value> members : products.values()) {
      if (members.size() > 1) {
        all.add(register(new Bundle(members, null, null)));
      }
    }
    for (int i = 0; i < all.size(); i++) {
      Bundle sum = sumWithAnother(all.get(i));
      if (sum != null) {
        all.add(register(sum));
      }
    }
  }

  private Bundle register(Bundle bundle) {
    bundle.members.forEach(member -> byMember.put(member, bundle));
    return bundle;
  }

  /** The sums of a bundle's members with members of one other bundle, if there is nothing else. */
  private @Nullable Bundle sumWithAnother(Bundle b) {
    List<Value> sums = new ArrayList<>();
    List<Value> partners = new ArrayList<>();
    @Nullable Bundle a = null;
    for (Value member : b.members) {
      Value sum = onlySum(member);
      if (sum == null || byMember.containsKey(sum)) {
        return null;
      }
      Value partner = sum.args.get(0) == member ? sum.args.get(1) : sum.args.get(0);
      Bundle other = byMember.get(partner);
      if (other == null || other == b || (a != null && a != other) || onlySum(partner) == null) {
        return null;
      }
      a = other;
      sums.add(sum);
      partners.add(partner);
    }
    if (a == null || !standInOrder(a, partners)) {
      return null;
    }
    b.fixed = b.members.size();
    Bundle sum = new Bundle(sums, a, b);
    sum.fixed = sums.size();
    return sum;
  }

  /** The sum that alone reads a value, or null. */
  private @Nullable Value onlySum(Value value) {
    List<Value> readers = users.getOrDefault(value, List.of());
    return readers.size() == 1 && !roots.contains(value) && isAddition(readers.getFirst())
        ? readers.getFirst()
        : null;
  }

  /** Whether a value is a sum of two of its own width. */
  static boolean isAddition(Value value) {
    return value.what instanceof Value.Binary(var kernel)
        && kernel == BinaryKernel.ADD
        && value.args.stream().allMatch(arg -> arg.width == value.width);
  }

  /** Moves members to stand in the given order, if none of them is fixed elsewhere. */
  private static boolean standInOrder(Bundle bundle, List<Value> wanted) {
    int at = bundle.members.indexOf(wanted.getFirst());
    int end = at + wanted.size();
    if (end <= bundle.members.size() && bundle.members.subList(at, end).equals(wanted)) {
      bundle.fixed = Math.max(bundle.fixed, end);
      return true;
    }
    List<Value> before = bundle.members.subList(0, bundle.fixed);
    if (wanted.stream().anyMatch(before::contains)) {
      return false;
    }
    Set<Value> moved = new HashSet<>(wanted);
    List<Value> order = new ArrayList<>(before);
    order.addAll(wanted);
    for (Value member : bundle.members.subList(bundle.fixed, bundle.members.size())) {
      if (!moved.contains(member)) {
        order.add(member);
      }
    }
    bundle.fixed += wanted.size();
    bundle.members.clear();
    bundle.members.addAll(order);
    return true;
  }
}
