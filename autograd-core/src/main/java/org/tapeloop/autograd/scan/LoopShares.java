package org.tapeloop.autograd.scan;

import java.util.List;
import org.tapeloop.autograd.spi.MatrixPacking;

/**
 * What the threads share a loop by: the rows of the batch, for all steps without a barrier, or the
 * columns of each step's products, with barriers, where that was measured to be faster. The bits
 * are the same.
 *
 * @param elements of all matrices that one step multiplies by
 * @param widest the most columns of one of them
 * @param levels how many of the loop's levels have products
 */
record LoopShares(long elements, int widest, int levels) {
  /**
   * Rows of a shard where products are packed, at least: a product reads all of its matrix whatever
   * rows it has, and fewer take hardly less time.
   */
  static final int FEW_ROWS = 4;

  /**
   * Multiply-adds of a thread between two barriers, at least: a microsecond, some times what the
   * barriers take.
   */
  private static final int WORTH_A_BARRIER = 1 << 16;

  /**
   * Elements of matrices that outgrow a core's second-level cache. Each shard of rows reads all of
   * them at each step.
   */
  private static final int LARGE = 1 << 19;

  /** Rows of a shard that make up for the reading of large matrices. */
  private static final int MANY_ROWS = 16;

  static LoopShares of(Stage loop) {
    List<Stage.Level> levels =
        loop.levels().stream().filter(level -> !level.products().isEmpty()).toList();
    long elements = 0;
    int widest = 0;
    for (Stage.Level level : levels) {
      for (Stage.ProductStep product : level.products()) {
        MatrixBlock matrix = product.matrix();
        elements += (long) matrix.rows() * matrix.columns();
        widest = Math.max(widest, matrix.columns());
      }
    }
    return new LoopShares(elements, widest, levels.size());
  }

  /** How many blocks of columns matrices are cut into; 1 where rows are shared. */
  int columnBlocks(int threads, int batch) {
    if (threads == 1 || levels == 0) {
      return 1;
    }
    long worth = batch * elements / levels / WORTH_A_BARRIER;
    int most = Math.min(threads, widest / MatrixPacking.COLUMNS_TOGETHER);
    int blocks = (int) Math.min(most, worth);
    boolean large = elements >= LARGE && batch < threads * MANY_ROWS && blocks == threads;
    return blocks > 1 && (large || blocks > batch / FEW_ROWS) ? blocks : 1;
  }
}
