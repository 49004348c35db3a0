package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;

/** The sums over rows and steps of one backward pass, added up window by window. */
final class DeferredSums {
  /**
   * Rows that are added up at a time, about. The cuts do not depend on the windows, so that
   * checkpoints do not change the bits of a gradient.
   */
  private static final int ROWS = 2048;

  private final Backend backend;
  private final List<Plan.Sum> sums;
  private final SumShares shares;
  private final Tables tables;
  private final int steps;
  private final @Nullable ArrayView[] totals;

  /**
   * @param shares of the same sums
   * @param tables whose rows the step reads
   * @param steps that are added up at a time, as {@link #steps} says
   */
  DeferredSums(Backend backend, List<Plan.Sum> sums, SumShares shares, Tables tables, int steps) {
    this.backend = backend;
    this.sums = sums;
    this.shares = shares;
    this.tables = tables;
    this.steps = steps;
    this.totals = new @Nullable ArrayView[sums.size()];
  }

  /** Steps that are added up at a time; windows of time are multiples of it. */
  static int steps(boolean deferred, int batch) {
    return deferred ? Math.max(1, ROWS / Math.max(1, batch)) : 1;
  }

  /** The total of sum number {@code index}, dense. */
  ArrayView total(int index) {
    return Objects.requireNonNull(totals[index], "no window was added");
  }

  /**
   * Adds the window of a frame; windows come from the last to the first.
   *
   * @param start the window's first step
   */
  void add(Frame memory, int start) {
    int split = shares.split(memory.steps() * memory.batch());
    for (int i = 0; i < split; i++) {
      add(memory, start, shares.numbers(i));
    }
    if (split < shares.count()) {
      backend.runAll(shares.count() - split, i -> add(memory, start, shares.numbers(split + i)));
    }
  }

  private void add(Frame memory, int start, List<Integer> piece) {
    if (piece.size() == 1) {
      add(memory, start, piece.getFirst());
    } else {
      addProducts(memory, piece);
    }
  }

  /** Adds products of one left factor. */
  private void addProducts(Frame memory, List<Integer> piece) {
    boolean fresh = totals[piece.getFirst()] == null;
    List<ArrayView> out = new ArrayList<>(piece.size());
    for (int index : piece) {
      totals[index] = fresh ? newTotal(memory, sums.get(index)) : total(index);
      out.add(total(index));
    }
    Location left = sums.get(piece.getFirst()).a().getFirst();
    for (int from = (memory.steps() - 1) / steps * steps; from >= 0; from -= steps) {
      int count = Math.min(steps, memory.steps() - from);
      List<ArrayView> b = new ArrayList<>(piece.size());
      for (int index : piece) {
        Location right = Objects.requireNonNull(sums.get(index).b());
        b.add(memory.allRows(right, from, count));
      }
      backend.gemm(1, memory.allColumns(left, from, count), b, fresh ? 0 : 1, out);
      fresh = false;
    }
  }

  private void add(Frame memory, int start, int index) {
    Plan.Sum sum = sums.get(index);
    if (sum.inLoop()) {
      if (start == 0) {
        totals[index] = newTotal(memory, sum);
        addTerms(memory, sum, 0, 1, true, total(index));
      }
      return;
    }
    boolean fresh = totals[index] == null;
    ArrayView total = fresh ? newTotal(memory, sum) : total(index);
    totals[index] = total;
    for (int from = (memory.steps() - 1) / steps * steps; from >= 0; from -= steps) {
      int count = Math.min(steps, memory.steps() - from);
      if (sum.value().what instanceof Value.TableSum table) {
        ArrayView terms = memory.allRows(sum.a().getFirst(), from, count);
        tables.add(table, start + from, count, terms, total);
      } else if (sum.b() == null) {
        addTerms(memory, sum, from, count, fresh, total);
      } else {
        addProducts(memory, sum, from, count, fresh, total);
      }
      fresh = false;
    }
  }

  private void addProducts(
      Frame memory, Plan.Sum sum, int from, int count, boolean fresh, ArrayView total) {
    ArrayView b = memory.allRows(Objects.requireNonNull(sum.b()), from, count);
    int columns = total.layout().extent(1);
    int row = 0;
    for (int i = 0; i < sum.a().size(); i++) {
      Location left = sum.a().get(i);
      ArrayView out =
          sum.a().size() == 1
              ? total
              : total.with(
                  memory.layouts().matrix(row * columns, left.width(), columns, columns, 1));
      backend.gemm(1, memory.allColumns(left, from, count), b, fresh ? 0 : 1, out);
      row += left.width();
    }
  }

  private void addTerms(
      Frame memory, Plan.Sum sum, int from, int count, boolean fresh, ArrayView total) {
    Location at = sum.a().getFirst();
    ArrayView terms =
        sum.value().what instanceof Value.RowSum
            ? memory.allRows(at, from, count)
            : memory.bySteps(at, from, count);
    ArrayView part = fresh ? total : total.allocate(total.layout());
    backend.reduce(ReduceKernel.SUM, terms, part);
    if (!fresh) {
      backend.binary(BinaryKernel.ADD, total, part, total);
    }
  }

  private static ArrayView newTotal(Frame memory, Plan.Sum sum) {
    return switch (sum.value().what) {
      case Value.OuterSum o ->
          memory.newMatrix(sum.width(), Objects.requireNonNull(sum.b()).width());
      case Value.RowSum r -> memory.newMatrix(1, sum.width());
      case Value.TableSum table -> memory.newMatrix(table.rows(), table.columns());
      default -> memory.newSteps(1, sum.width());
    };
  }
}
