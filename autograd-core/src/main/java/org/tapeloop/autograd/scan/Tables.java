package org.tapeloop.autograd.scan;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.Layout;

/**
 * Reads rows of captured tables at the indices that a run was given, and adds up their gradients.
 *
 * @param captures the captured tensors by number
 * @param indices the runs' own, with time as first axis
 */
record Tables(Backend backend, List<ArrayView> captures, List<IntTensor> indices) {

  /**
   * Checks all indices against the tables that they are read at.
   *
   * @throws IndexOutOfBoundsException naming the first that is not in range
   */
  void check(List<Buffers.Buffer> buffers) {
    for (int b = 0; b < buffers.size(); b++) {
      if (buffers.get(b).kind() instanceof Buffers.TableRows(var index, var capture)) {
        indices.get(index).checkBelow("embedding", captures.get(capture).layout().extent(0));
      }
    }
  }

  /**
   * Fills a buffer for the steps of a frame.
   *
   * @param start the first of these steps among all
   */
  void gather(Frame into, int buffer, Buffers.TableRows rows, int width, int start) {
    ArrayView table = captures.get(rows.capture());
    ArrayView out = into.allRows(new Location(buffer, Location.At.NOW, 0, width));
    backend.gatherRows(table, of(rows.index(), start, into.steps()), cut(out, table));
  }

  /**
   * Adds up the gradients of some steps.
   *
   * @param start the first of these steps among all
   * @param terms a row for each row of each step
   * @param total [rows of the table, columns]
   */
  void add(Value.TableSum sum, int start, int steps, ArrayView terms, ArrayView total) {
    int[] at = of(sum.index(), start, steps);
    ArrayView rows = terms;
    if (terms.layout().extent(1) != sum.columns()) {
      if (!terms.layout().isContiguous()) {
        rows = terms.allocate(terms.layout().extents());
        backend.copy(terms, rows);
      }
      rows = cut(rows, total);
    }
    backend.scatterAddRows(rows, at, total);
    if (sum.padding() >= 0) {
      backend.fill(total.with(total.layout().select(0, sum.padding())), 0);
    }
  }

  /** The indices of some steps in the order of the batch. */
  private int[] of(int index, int start, int steps) {
    IntTensor all = indices.get(index);
    int each = all.size() / all.extent(0);
    return steps == all.extent(0)
        ? all.elements()
        : Arrays.copyOfRange(all.elements(), start * each, (start + steps) * each);
  }

  /** The rows of a dense array cut into pieces of the length of a table's rows. */
  static ArrayView cut(ArrayView dense, ArrayView table) {
    int columns = table.layout().extent(1);
    int rows = columns == 0 ? dense.layout().extent(0) : dense.layout().size() / columns;
    Layout layout = dense.layout().reshape(new int[] {rows, columns});
    return dense.with(Objects.requireNonNull(layout, "a dense array has any shape"));
  }

  /** Refuses an index that is not that of a row of a table. */
  static void check(int[] at, ArrayView table) {
    int rows = table.layout().extent(0);
    for (int i = 0; i < at.length; i++) {
      if (at[i] < 0 || at[i] >= rows) {
        throw new IndexOutOfBoundsException(
            "step: index %d, element %d, is not in 0..%d".formatted(at[i], i, rows - 1));
      }
    }
  }
}
