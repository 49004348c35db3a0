package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;

/**
 * The sums over rows and steps of one backward pass, added up window by window.
 *
 * <p>Where whole sums can be dealt out so that all threads have about as much to do, each is one
 * thread's: a product that is split has an operand copied by every thread. The others are split.
 */
final class DeferredSums {
  /**
   * Rows that are added up at a time, about. The cuts do not depend on the windows, so that
   * checkpoints do not change the bits of a gradient.
   */
  private static final int ROWS = 2048;

  /** Multiply-adds that take some times as long as waking a thread. */
  private static final double WORTH_SHARING = 1 << 22;

  /** How much longer than its share a thread may take before sums are split instead. */
  private static final double BALANCED = 1.1;

  /** A number that is only added up costs about as much as so many multiply-adds of a product. */
  private static final double PLAIN = 8;

  private final Backend backend;
  private final ArrayView like;
  private final List<Plan.Sum> sums;
  private final Tables tables;
  private final int steps;
  private final int batch;
  private final @Nullable ArrayView[] totals;

  /**
   * @param like of the element type
   * @param tables whose rows the step reads
   * @param steps that are added up at a time, as {@link #steps} says
   */
  DeferredSums(
      Backend backend, ArrayView like, List<Plan.Sum> sums, Tables tables, int steps, int batch) {
    this.backend = backend;
    this.like = like;
    this.sums = sums;
    this.tables = tables;
    this.steps = steps;
    this.batch = batch;
    this.totals = new @Nullable ArrayView[sums.size()];
  }

  /** Steps that are added up at a time; windows of time are multiples of it. */
  static int steps(boolean deferred, int batch) {
    return deferred ? Math.max(1, ROWS / Math.max(1, batch)) : 1;
  }

  /** The totals, in the order of the sums. */
  List<ArrayView> totals() {
    List<ArrayView> all = new ArrayList<>(totals.length);
    for (ArrayView total : totals) {
      all.add(Objects.requireNonNull(total, "no window was added"));
    }
    return all;
  }

  /**
   * Adds the window of a frame; windows come from the last to the first.
   *
   * @param start the window's first step
   */
  void add(Frame memory, int start) {
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < sums.size(); i++) {
      open.add(i);
    }
    open.sort(Comparator.comparingDouble(i -> -cost(memory, i)));
    while (!open.isEmpty() && !isBalanced(memory, open)) {
      add(memory, start, open.removeFirst());
    }
    backend.runAll(open.size(), i -> add(memory, start, open.get(i)));
  }

  private double cost(Frame memory, int index) {
    Plan.Sum sum = sums.get(index);
    Location right = sum.b();
    double each = right == null ? PLAIN : right.width();
    return each * sum.width() * memory.steps() * batch;
  }

  /** Whether threads that take the costliest sums first are done at about the same time. */
  private boolean isBalanced(Frame memory, List<Integer> costliestFirst) {
    PriorityQueue<Double> busy = new PriorityQueue<>();
    for (int i = 0; i < backend.threads(); i++) {
      busy.add(0.0);
    }
    double all = 0;
    double longest = 0;
    for (int i : costliestFirst) {
      double cost = cost(memory, i);
      double until = Objects.requireNonNull(busy.remove()) + cost;
      busy.add(until);
      all += cost;
      longest = Math.max(longest, until);
    }
    return all >= WORTH_SHARING && longest * backend.threads() <= BALANCED * all;
  }

  private void add(Frame memory, int start, int index) {
    Plan.Sum sum = sums.get(index);
    boolean fresh = totals[index] == null;
    ArrayView total = fresh ? newTotal(sum) : Objects.requireNonNull(totals[index]);
    totals[index] = total;
    for (int from = (memory.steps() - 1) / steps * steps; from >= 0; from -= steps) {
      int count = Math.min(steps, memory.steps() - from);
      Location right = sum.b();
      if (right != null) {
        ArrayView b = memory.allRows(right, from, count);
        int row = 0;
        for (Location left : sum.a()) {
          ArrayView a = memory.allRows(left, from, count);
          ArrayView out = total.with(total.layout().slice(0, row, 1, left.width()));
          backend.gemm(1, a.with(a.layout().transpose(0, 1)), b, fresh ? 0 : 1, out);
          row += left.width();
        }
      } else if (sum.value().what instanceof Value.TableSum table) {
        ArrayView terms = memory.allRows(sum.a().getFirst(), from, count);
        tables.add(table, start + from, count, terms, total);
      } else {
        boolean overRows = sum.value().what instanceof Value.RowSum;
        ArrayView terms =
            overRows
                ? memory.allRows(sum.a().getFirst(), from, count)
                : memory.bySteps(sum.a().getFirst(), from, count);
        ArrayView part = fresh ? total : total.allocate(total.layout().extents());
        backend.reduce(ReduceKernel.SUM, terms, part);
        if (!fresh) {
          backend.binary(BinaryKernel.ADD, total, part, total);
        }
      }
      fresh = false;
    }
  }

  private ArrayView newTotal(Plan.Sum sum) {
    return switch (sum.value().what) {
      case Value.OuterSum o -> like.allocate(sum.width(), Objects.requireNonNull(sum.b()).width());
      case Value.RowSum r -> like.allocate(1, sum.width());
      case Value.TableSum table -> like.allocate(table.rows(), table.columns());
      default -> like.allocate(1, batch, sum.width());
    };
  }
}
