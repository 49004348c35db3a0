package org.tapeloop.autograd;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/**
 * The sum of {@code left^T right} over several pairs of factors, in few products.
 *
 * <p>A weight of a recurrence gets such a pair at every time step. A product a step would write and
 * read the whole [P, Q] sum for the few rows of one step, and that traffic, not the arithmetic,
 * would be its cost. So rows are gathered, and multiplied when there are enough of them.
 */
final class ProductSum {
  /** From so many rows on, the arithmetic of a product outweighs the traffic of its sum. */
  private static final int ENOUGH_ROWS = 256;

  private static final int FEWEST_GATHERED_ROWS = 64;
  private static final int GATHERED_STEPS = 4;

  /** The first pair; nothing is gathered until there is a second. */
  private @Nullable Factors first;

  private @Nullable Gathered gathered;
  private @Nullable ArrayView sum;

  /** Rows of several pairs, one below another. */
  private static final class Gathered {
    final ArrayView left;
    final ArrayView right;
    final int capacity;
    int rows;

    Gathered(Factors like) {
      capacity = Math.max(FEWEST_GATHERED_ROWS, GATHERED_STEPS * like.left().extent(0));
      left = like.left().view().allocate(capacity, like.left().extent(1));
      right = like.right().view().allocate(capacity, like.right().extent(1));
    }

    void add(Factors factors) {
      int count = factors.left().extent(0);
      Backend backend = Backends.current();
      backend.copy(factors.left().view(), rows(left, rows, count));
      backend.copy(factors.right().view(), rows(right, rows, count));
      rows += count;
    }

    private static ArrayView rows(ArrayView all, int from, int count) {
      return all.with(all.layout().slice(0, from, 1, count));
    }

    ArrayView filledLeft() {
      return rows(left, 0, rows);
    }

    ArrayView filledRight() {
      return rows(right, 0, rows);
    }
  }

  ProductSum(Factors first) {
    this.first = first;
  }

  void add(Factors factors) {
    if (first != null) {
      gather(first);
      first = null;
    }
    gather(factors);
  }

  private void gather(Factors factors) {
    int count = factors.left().extent(0);
    if (count >= ENOUGH_ROWS) {
      multiply(factors.left().view(), factors.right().view());
      return;
    }
    if (gathered == null) {
      gathered = new Gathered(factors);
    }
    if (gathered.rows + count > gathered.capacity) {
      multiplyGathered(gathered);
    }
    if (count > gathered.capacity) {
      multiply(factors.left().view(), factors.right().view());
    } else {
      gathered.add(factors);
    }
  }

  private void multiplyGathered(Gathered rows) {
    if (rows.rows > 0 || sum == null) {
      multiply(rows.filledLeft(), rows.filledRight());
      rows.rows = 0;
    }
  }

  private void multiply(ArrayView left, ArrayView right) {
    boolean started = sum != null;
    if (sum == null) {
      sum = left.allocate(left.layout().extent(1), right.layout().extent(1));
    }
    ArrayView transposed = left.with(left.layout().transpose(0, 1));
    Backends.current().gemm(1, transposed, right, started ? 1 : 0, sum);
  }

  /** The sum [P, Q]. */
  Tensor total() {
    if (first != null) {
      return first.product();
    }
    if (gathered != null) {
      multiplyGathered(gathered);
    }
    ArrayView total = Objects.requireNonNull(sum, "no rows were multiplied");
    return Tensor.constant(Shape.owning(total.layout().extents()), DType.of(total), total);
  }
}
