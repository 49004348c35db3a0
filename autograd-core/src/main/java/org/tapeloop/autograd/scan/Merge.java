package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * Makes one product of several: of those with one left side, {@code x W_a} and {@code x W_b}, and
 * in the derivative of those that are added up or that are parts of one sum over rows and steps.
 * Gates that a cell computes with a matrix each are planned like those of one matrix.
 */
final class Merge {

  /**
   * Where a sum over rows and steps is found in a larger one.
   *
   * @param rows how many rows from {@code row} on; 0 if it is not part of another
   */
  record Part(Value sum, int row, int rows, int column, int columns) {}

  private final ValueGraph merged;
  private final JoinedMatrices matrices;
  private final Bundles bundles;
  private final SideBySide sideBySide;

  /** The new value for each old one. */
  private final Map<Value, Value> now = new HashMap<>();

  private final Map<Bundles.Bundle, Value> made = new HashMap<>();
  private final Map<Value, Part> parts = new HashMap<>();
  private int forward;

  /**
   * @param values the graph
   * @param forward how many of its values, from the first on, belong to the step itself
   * @param nextStates what the next step needs
   * @param carriedBack what the step before needs of the derivative
   * @param results all that is asked for, the above included
   * @param captures how many tensors are captured
   */
  Merge(
      List<Value> values,
      int forward,
      List<Value> nextStates,
      List<Value> carriedBack,
      Collection<Value> results,
      int captures,
      Set<Pass> passes) {
    merged = new ValueGraph(passes);
    matrices = new JoinedMatrices(captures);
    Set<Value> live = ValueSets.closure(results);
    List<Value> order = ValueSets.inOrder(live);
    Map<Value, List<Value>> users = ValueSets.users(live);
    Set<Value> roots = Set.copyOf(results);
    Set<Value> inLoop = ValueSets.closure(nextStates);
    Set<Value> backLoop = ValueSets.closure(carriedBack);
    Set<Value> entered = ValueSets.descendants(live, v -> v.what instanceof Value.Carry);
    bundles = new Bundles(users, roots);
    sideBySide = new SideBySide(users, roots, entered::contains, backLoop::contains);
    if (passes.contains(Pass.MERGE)) {
      sideBySide.find(order.stream().filter(v -> v.id >= forward).toList());
      bundles.find(order.stream().filter(v -> v.id < forward).toList(), inLoop::contains);
      bundles.find(
          order.stream().filter(v -> v.id >= forward && !sideBySide.isAbsorbed(v)).toList(),
          backLoop::contains);
    }
    for (Value value : order) {
      if (value.id < forward) {
        translate(value);
      }
    }
    this.forward = merged.all().size();
    order.stream().filter(v -> v.id >= forward && !v.isSum()).forEach(this::translate);
    sideBySide.sums().forEach(this::translate);
    for (Value value : order) {
      if (value.isSum() && !parts.containsKey(value)) {
        translate(value);
      }
    }
  }

  /** The new values that are rows of tables. */
  List<Value> tableRows() {
    return merged.all().stream().filter(v -> v.what instanceof Value.TableRows).toList();
  }

  /** The new value. */
  Value of(Value old) {
    return Objects.requireNonNull(now.get(old), "a value that was not asked for");
  }

  List<Value> of(List<Value> old) {
    return old.stream().map(this::of).toList();
  }

  /** Where what a sum adds up is found now. */
  Part part(Value sum) {
    Part part = parts.get(sum);
    return part != null ? part : new Part(of(sum), 0, 0, 0, 0);
  }

  /** Whether a new value belongs to the step itself, not to its derivative. */
  boolean isForward(Value value) {
    return value.id < forward;
  }

  /** The blocks of each matrix that is put together of captured ones. */
  List<List<MatrixBlock>> joinedMatrices() {
    return matrices.all();
  }

  private void translate(Value value) {
    if (sideBySide.isAbsorbed(value)) {
      return;
    }
    SideBySide.AddedProducts added = sideBySide.addedIn(value);
    Bundles.Bundle bundle = bundles.of(value);
    if (added != null) {
      now.put(value, sum(added));
    } else if (bundle != null) {
      now.put(value, slice(make(bundle), bundle.column(value), value.width));
    } else if (value.what instanceof Value.Slice(var start)) {
      now.put(value, slice(of(value.args.getFirst()), start, value.width));
    } else {
      now.put(value, merged.append(value.what, of(value.args), value.width));
    }
  }

  private static MatrixBlock matrix(Value product) {
    return ((Value.Product) product.what).matrix();
  }

  /** Columns of a value that may be columns itself. */
  private Value slice(Value of, int start, int width) {
    Value whole = ValueSets.whole(of);
    int at = ValueSets.firstColumn(of) + start;
    return at == 0 && width == whole.width
        ? whole
        : merged.append(new Value.Slice(at), List.of(whole), width);
  }

  private Value join(List<Value> old) {
    List<Value> values = of(old);
    int width = values.stream().mapToInt(v -> v.width).sum();
    return merged.append(new Value.Join(), values, width);
  }

  private Value add(Value a, Value b) {
    return merged.append(new Value.Binary(BinaryKernel.ADD), List.of(a, b), a.width);
  }

  private Value make(Bundles.Bundle bundle) {
    @Nullable Value known = made.get(bundle);
    if (known != null) {
      return known;
    }
    Value value;
    if (bundle.isAddition()) {
      Value addend = make(bundle.addend());
      value = add(slice(make(bundle.into()), bundle.start(), addend.width), addend);
    } else {
      MatrixBlock matrix = matrices.columns(bundle.members().stream().map(Merge::matrix).toList());
      Value left = of(bundle.members().getFirst().args.getFirst());
      value = merged.append(new Value.Product(matrix), List.of(left), bundle.width());
    }
    made.put(bundle, value);
    return value;
  }

  private Value sum(SideBySide.AddedProducts added) {
    Value left = join(added.products().stream().map(p -> p.args.getFirst()).toList());
    MatrixBlock matrix = matrices.rows(added.products().stream().map(Merge::matrix).toList());
    Value total = merged.append(new Value.Product(matrix), List.of(left), matrix.columns());
    for (Value other : added.others()) {
      total = add(total, of(other));
    }
    return total;
  }

  private void translate(SideBySide.Sums sums) {
    Value join = join(sums.factors());
    Value any = sums.sums().getFirst();
    List<Value> args = new ArrayList<>(any.args);
    args.set(sums.onTheLeft() ? 0 : args.size() - 1, join);
    boolean outer = any.what instanceof Value.OuterSum;
    int otherWidth =
        outer ? any.width / (sums.onTheLeft() ? any.args.getFirst() : any.args.getLast()).width : 1;
    if (outer) {
      args.replaceAll(arg -> arg == join ? arg : of(arg));
    }
    Value total = merged.append(any.what, List.copyOf(args), otherWidth * join.width);
    int at = 0;
    for (Value factor : sums.factors()) {
      for (Value sum : sums.sums()) {
        Value own = sums.onTheLeft() ? sum.args.getFirst() : sum.args.getLast();
        if (own == factor) {
          boolean asRows = outer && sums.onTheLeft();
          parts.put(
              sum,
              asRows
                  ? new Part(total, at, factor.width, 0, otherWidth)
                  : new Part(total, 0, outer ? otherWidth : 1, at, factor.width));
        }
      }
      at += factor.width;
    }
  }
}
