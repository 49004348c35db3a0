package org.tapeloop.backend.openblas;

import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * Products of strided, batched matrices, brought into the forms that BLAS takes.
 *
 * <p>Transposed and row-strided matrices go to the library as they lie; others are copied first.
 * Large products are cut into blocks of {@code out} which depend on the shape only: OpenBLAS picks
 * other kernels for other sizes, so the cut shows in the bits, and it may not follow the number of
 * threads. The cut also bounds the time in which no garbage collection can begin.
 */
final class Products {
  /** Multiply-adds below which another thread is not worth waking for a block, about 0.3 ms. */
  private static final long BLOCK_WORK = 1L << 25;

  /**
   * Multiply-adds that one call may take, about 20 ms, in which no garbage collection can begin.
   */
  private static final long CALL_WORK = 1L << 31;

  /** Inner extent that a cut must leave: the library cuts at a few hundred itself. */
  private static final int INNER_BLOCK = 2048;

  private static final int MOST_BLOCKS = 16;

  /**
   * Rows or columns for each cut through them. Every block packs its operands again, and packing an
   * element takes as long as 80 multiply-adds: one cut of 2048 columns costs 4 %.
   */
  private static final double LEAST_EXTENT = 1700;

  /** Block extents are a multiple of every kernel's register tile, but for the last. */
  private static final int TILE = 64;

  /** Elements of a matrix that one matrix-vector call goes through, about 100 us from memory. */
  private static final int VECTOR_BLOCK = 1 << 18;

  /** Below this many multiply-adds in all, the caller works alone. */
  private static final long PARALLEL_WORK = 1L << 20;

  private final Backend kernels;
  private final Workers workers;

  Products(Backend kernels, Workers workers) {
    this.kernels = kernels;
    this.workers = workers;
  }

  /**
   * {@code out = alpha a b + beta out}, as {@link Backend#gemm(double, ArrayView, ArrayView,
   * double, ArrayView)}.
   */
  void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    Layout layout = out.layout();
    int rank = layout.rank();
    if (layout.size() == 0) {
      return;
    }
    if (a.layout().extent(rank - 1) == 0) {
      scale(beta, out);
      return;
    }
    if (rank > 2 && mergeBatch(alpha, a, b, beta, out)) {
      return;
    }
    Matrix target = Matrix.of(layout);
    if (target == null) {
      ArrayView dense = out.allocate(layout.extents());
      if (beta != 0) {
        kernels.copy(out, dense);
      }
      gemm(alpha, a, b, beta, dense);
      kernels.copy(dense, out);
    } else if (target.transposed()) {
      gemm(alpha, transposed(b), transposed(a), beta, transposed(out));
    } else {
      new Product(alpha, direct(a), direct(b), beta, out, target.ld()).run();
    }
  }

  private void scale(double beta, ArrayView out) {
    if (beta == 0) {
      kernels.fill(out, 0);
    } else if (beta != 1) {
      ArrayView factor = out.allocate();
      factor.set(0, beta);
      Layout everywhere = factor.layout().broadcastTo(out.layout().extents());
      kernels.binary(BinaryKernel.MUL, out, factor.with(everywhere), out);
    }
  }

  /**
   * Takes the batch axes of a for rows where all batches share one b: one large product beats many
   * small ones.
   */
  private boolean mergeBatch(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    Layout shared = b.layout();
    while (shared.rank() > 2) {
      if (shared.extent(0) > 1 && shared.stride(0) != 0) {
        return false;
      }
      shared = shared.select(0, 0);
    }
    int inner = shared.extent(0);
    int columns = shared.extent(1);
    int rows = out.layout().size() / columns;
    Layout rowsOfA = a.layout().reshape(rows, inner);
    Layout rowsOfOut = out.layout().reshape(rows, columns);
    if (rowsOfA == null || rowsOfOut == null) {
      return false;
    }
    gemm(alpha, a.with(rowsOfA), b.with(shared), beta, out.with(rowsOfOut));
    return true;
  }

  private static ArrayView transposed(ArrayView view) {
    int rank = view.layout().rank();
    return view.with(view.layout().transpose(rank - 2, rank - 1));
  }

  /**
   * The view itself where BLAS can take its matrices as they lie, else a copy; stretched batch axes
   * stay stretched.
   */
  private ArrayView direct(ArrayView view) {
    if (Matrix.of(view.layout()) != null) {
      return view;
    }
    Layout distinct = view.layout();
    for (int axis = 0; axis < distinct.rank() - 2; axis++) {
      if (distinct.stride(axis) == 0) {
        distinct = distinct.slice(axis, 0, 1, 1);
      }
    }
    ArrayView dense = view.allocate(distinct.extents());
    kernels.copy(view.with(distinct), dense);
    return dense.with(dense.layout().broadcastTo(view.layout().extents()));
  }

  /**
   * A product whose output has rows with unit stride and whose operands have a form that BLAS
   * takes.
   */
  private final class Product {
    private final double alpha;
    private final ArrayView a;
    private final ArrayView b;
    private final double beta;
    private final ArrayView out;
    private final int ldOut;
    private final Matrix formA;
    private final Matrix formB;
    private final int m;
    private final int n;
    private final int k;
    private final int batches;

    Product(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out, int ldOut) {
      int rank = out.layout().rank();
      this.alpha = alpha;
      this.a = a;
      this.b = b;
      this.beta = beta;
      this.out = out;
      this.ldOut = ldOut;
      this.formA = form(a);
      this.formB = form(b);
      this.m = out.layout().extent(rank - 2);
      this.n = out.layout().extent(rank - 1);
      this.k = a.layout().extent(rank - 1);
      this.batches = out.layout().size() / (m * n);
    }

    private static Matrix form(ArrayView view) {
      @Nullable Matrix form = Matrix.of(view.layout());
      if (form == null) {
        throw new IllegalStateException("no form that BLAS takes: " + view.layout());
      }
      return form;
    }

    void run() {
      if (n == 1) {
        runVector(m, a, formA, b, step(b.layout(), 2), ldOut);
      } else if (m == 1) {
        runVector(n, b, formB.transpose(), a, step(a.layout(), 1), 1);
      } else {
        runMatrix();
      }
    }

    /** Distance between the elements of a vector that lies along the last axis but some. */
    private int step(Layout vector, int fromLast) {
      int axis = vector.rank() - fromLast;
      return vector.extent(axis) == 1 ? 1 : vector.stride(axis);
    }

    private void runMatrix() {
      int wanted = (int) Math.min(MOST_BLOCKS, (long) m * n * k / BLOCK_WORK);
      int down = 1;
      int across = 1;
      while (down * across < wanted) {
        boolean cutRows = m / down > n / across;
        int nextDown = cutRows ? 2 * down : down;
        int nextAcross = cutRows ? across : 2 * across;
        if ((nextDown - 1.0) / m + (nextAcross - 1.0) / n > 1 / LEAST_EXTENT) {
          break;
        }
        down = nextDown;
        across = nextAcross;
      }
      if (batches * down * across == 1) {
        gemm(0, 0, 0, m, n);
      } else {
        runBlocks(block(m, down), block(n, across));
      }
    }

    private static int block(int extent, int pieces) {
      return pieces == 1 ? extent : Math.ceilDiv(Math.ceilDiv(extent, pieces), TILE) * TILE;
    }

    private void runBlocks(int rows, int columns) {
      int down = Math.ceilDiv(m, rows);
      int across = Math.ceilDiv(n, columns);
      share(
          batches * down * across,
          task -> {
            int batch = task / (down * across);
            int row = task / across % down * rows;
            int column = task % across * columns;
            gemm(batch, row, column, Math.min(rows, m - row), Math.min(columns, n - column));
          });
    }

    private void gemm(int batch, int row, int column, int rows, int columns) {
      int calls = (int) Math.min((long) rows * columns * k / CALL_WORK, k / INNER_BLOCK);
      if (calls <= 1) {
        gemm(batch, row, column, rows, columns, 0, k, beta);
        return;
      }
      int inner = Math.ceilDiv(k, calls);
      for (int from = 0; from < k; from += inner) {
        int depth = Math.min(inner, k - from);
        gemm(batch, row, column, rows, columns, from, depth, from == 0 ? beta : 1);
      }
    }

    private void gemm(
        int batch, int row, int column, int rows, int columns, int from, int depth, double beta) {
      int atA = start(a, batch) + formA.position(row, from);
      int atB = start(b, batch) + formB.position(from, column);
      int atOut = start(out, batch) + row * ldOut + column;
      switch (out) {
        case FloatView o ->
            OpenBlasLibrary.gemm(
                formA.transposed(),
                formB.transposed(),
                rows,
                columns,
                depth,
                (float) alpha,
                ((FloatView) a).array(),
                atA,
                formA.ld(),
                ((FloatView) b).array(),
                atB,
                formB.ld(),
                (float) beta,
                o.array(),
                atOut,
                ldOut);
        case DoubleView o ->
            OpenBlasLibrary.gemm(
                formA.transposed(),
                formB.transposed(),
                rows,
                columns,
                depth,
                alpha,
                ((DoubleView) a).array(),
                atA,
                formA.ld(),
                ((DoubleView) b).array(),
                atB,
                formB.ld(),
                beta,
                o.array(),
                atOut,
                ldOut);
      }
    }

    private void runVector(
        int length, ArrayView matrix, Matrix form, ArrayView x, int xStep, int outStep) {
      int rows = Math.max(TILE, VECTOR_BLOCK / k / TILE * TILE);
      int down = Math.ceilDiv(length, rows);
      share(
          batches * down,
          task -> {
            int batch = task / down;
            int row = task % down * rows;
            gemv(batch, row, Math.min(rows, length - row), matrix, form, x, xStep, outStep);
          });
    }

    private void gemv(
        int batch,
        int row,
        int rows,
        ArrayView matrix,
        Matrix form,
        ArrayView x,
        int xStep,
        int outStep) {
      int rowsInMemory = form.transposed() ? k : rows;
      int columnsInMemory = form.transposed() ? rows : k;
      int atMatrix = start(matrix, batch) + form.position(row, 0);
      int atX = start(x, batch);
      int atOut = start(out, batch) + row * outStep;
      if (beta == 0) {
        // Some versions of gemv scale what stands in the output even then, and NaN times 0 is NaN.
        for (int i = 0; i < rows; i++) {
          out.set(atOut + i * outStep, 0);
        }
      }
      switch (out) {
        case FloatView o ->
            OpenBlasLibrary.gemv(
                form.transposed(),
                rowsInMemory,
                columnsInMemory,
                (float) alpha,
                ((FloatView) matrix).array(),
                atMatrix,
                form.ld(),
                ((FloatView) x).array(),
                atX,
                xStep,
                (float) beta,
                o.array(),
                atOut,
                outStep);
        case DoubleView o ->
            OpenBlasLibrary.gemv(
                form.transposed(),
                rowsInMemory,
                columnsInMemory,
                alpha,
                ((DoubleView) matrix).array(),
                atMatrix,
                form.ld(),
                ((DoubleView) x).array(),
                atX,
                xStep,
                beta,
                o.array(),
                atOut,
                outStep);
      }
    }

    private void share(int tasks, IntConsumer task) {
      if ((long) batches * m * n * k < PARALLEL_WORK) {
        for (int i = 0; i < tasks; i++) {
          task.accept(i);
        }
      } else {
        workers.run(tasks, task);
      }
    }

    /** Where the matrix of a batch begins, batches counted in row-major order. */
    private static int start(ArrayView view, int batch) {
      Layout layout = view.layout();
      int position = layout.offset();
      int rest = batch;
      for (int axis = layout.rank() - 3; axis >= 0; axis--) {
        position += rest % layout.extent(axis) * layout.stride(axis);
        rest /= layout.extent(axis);
      }
      return position;
    }
  }
}
