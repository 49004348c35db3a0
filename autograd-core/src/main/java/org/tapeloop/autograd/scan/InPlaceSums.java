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
 * Sums of a product in the loop and something that stands before it: made where that stands, since
 * a product can be added to memory for nothing.
 */
final class InPlaceSums {
  private final Map<Value, List<Value>> users;
  private final Set<Value> recurrent;
  private final Predicate<Value> mustStay;

  /** From the sum to the product in it. */
  private final Map<Value, Value> products = new LinkedHashMap<>();

  /** From the sum to the other term, which it replaces. */
  private final Map<Value, Value> replaced = new LinkedHashMap<>();

  /** The terms that are replaced, and what they are columns of. */
  private final Set<Value> touched = new HashSet<>();

  /** Where the values stand that are replaced in part or whole. */
  private final Map<Value, Location> places = new HashMap<>();

  /**
   * @param users of each value
   * @param recurrent the values that the state enters
   * @param mustStay whether a value is read once the loop is over
   */
  InPlaceSums(Map<Value, List<Value>> users, Set<Value> recurrent, Predicate<Value> mustStay) {
    this.users = users;
    this.recurrent = recurrent;
    this.mustStay = mustStay;
  }

  /** Looks at a value; true if it is such a sum. */
  boolean add(Value value) {
    if (!(value.what instanceof Value.Binary(var kernel)) || kernel != BinaryKernel.ADD) {
      return false;
    }
    for (int i = 0; i < 2; i++) {
      Value product = value.args.get(i);
      Value rest = value.args.get(1 - i);
      if (product.isProduct()
          && recurrent.contains(product)
          && isOnlyUser(value, product)
          && rest.width == value.width
          && isOnlyUser(value, rest)
          && mayBeReplaced(rest)) {
        products.put(value, product);
        replaced.put(value, rest);
        touched.add(rest);
        touched.add(ValueSets.whole(rest));
        return true;
      }
    }
    return false;
  }

  /** Whether it is computed before the loop, and nothing but one sum reads those columns. */
  private boolean mayBeReplaced(Value rest) {
    Value whole = ValueSets.whole(rest);
    boolean apart = whole == rest || (!mustStay.test(whole) && areColumnsApart(whole));
    return apart && !whole.isLeaf() && !recurrent.contains(whole);
  }

  /** The products by sum. */
  Map<Value, Value> products() {
    return products;
  }

  /** What the sum replaces. */
  Value replacedBy(Value sum) {
    return Objects.requireNonNull(replaced.get(sum));
  }

  /** What must be computed before the loop, in whole. */
  List<Value> bases() {
    return replaced.values().stream().map(ValueSets::whole).distinct().toList();
  }

  /** Whether a sum stands in the place of the value, or of some of its columns, after the loop. */
  boolean isTouched(Value value) {
    return touched.contains(value);
  }

  /** Says where what {@link #bases} named stands. */
  void put(Value base, Location at) {
    places.put(base, at);
  }

  private Location place(Value value) {
    Value whole = ValueSets.whole(value);
    Location at = Objects.requireNonNull(places.get(whole));
    return at.columns(ValueSets.firstColumn(value), value.width);
  }

  /** Where the terms stand that sums replace. */
  Map<Value, Location> replacedPlaces() {
    Map<Value, Location> at = new HashMap<>();
    replaced.values().forEach(rest -> at.put(rest, place(rest)));
    return at;
  }

  boolean isOnlyUser(Value user, Value value) {
    return users.getOrDefault(value, List.of()).equals(List.of(user)) && !mustStay.test(value);
  }

  /**
   * The product at the bottom of a chain of elementwise values that could all stand in one place.
   */
  @Nullable Value bottomProduct(Value top) {
    Value at = top;
    while (!at.isProduct()) {
      Value user = at;
      List<Value> wide = new ArrayList<>();
      if (at.what instanceof Value.Binary || at.what instanceof Value.Unary) {
        at.args.stream()
            .filter(arg -> arg.width == top.width && !arg.isLeaf() && isOnlyUser(user, arg))
            .forEach(wide::add);
      }
      if (wide.size() != 1) {
        return null;
      }
      at = wide.getFirst();
    }
    return at == top ? null : at;
  }

  /**
   * A kept elementwise value may stand in place of the only operand it is computed from, biases
   * aside, if that operand is part of a sum made in the loop and nothing else reads it.
   */
  @Nullable Location takeOver(Value value) {
    if (!(value.what instanceof Value.Unary || value.what instanceof Value.Binary)) {
      return null;
    }
    for (Value operand : value.args) {
      Value user = value;
      Value arg = operand;
      while (arg.isBiased() && isOnlyUser(user, arg)) {
        user = arg;
        arg = arg.args.getFirst();
      }
      Value sum = ValueSets.whole(arg);
      if (products.containsKey(sum)
          && arg.width == value.width
          && isOnlyUser(user, arg)
          && !mustStay.test(sum)
          && (arg == sum || areColumnsApart(sum))) {
        return place(replacedBy(sum)).columns(ValueSets.firstColumn(arg), value.width);
      }
    }
    return null;
  }

  /** Whether all that reads a value are slices of it that share no column. */
  private boolean areColumnsApart(Value whole) {
    boolean[] taken = new boolean[whole.width];
    for (Value user : users.getOrDefault(whole, List.of())) {
      if (!(user.what instanceof Value.Slice(var start))) {
        return false;
      }
      for (int column = start; column < start + user.width; column++) {
        if (taken[column]) {
          return false;
        }
        taken[column] = true;
      }
    }
    return true;
  }
}
