package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrices that consist of captured ones side by side. They are put together once a run and count
 * as captured from then on, with numbers behind those of the captured tensors.
 */
final class JoinedMatrices {
  private final int first;
  private final List<List<MatrixBlock>> all = new ArrayList<>();

  /**
   * @param first the number of the first joined matrix
   */
  JoinedMatrices(int first) {
    this.first = first;
  }

  /** The blocks side by side. */
  MatrixBlock columns(List<MatrixBlock> blocks) {
    MatrixBlock whole = adjacent(blocks);
    if (whole != null) {
      return whole;
    }
    int at = all.indexOf(blocks);
    if (at < 0) {
      at = all.size();
      all.add(List.copyOf(blocks));
    }
    int width = blocks.stream().mapToInt(MatrixBlock::columns).sum();
    return new MatrixBlock(first + at, false, 0, blocks.getFirst().rows(), 0, width);
  }

  /** The blocks one above the other. */
  MatrixBlock rows(List<MatrixBlock> blocks) {
    return columns(blocks.stream().map(MatrixBlock::transpose).toList()).transpose();
  }

  /** The block that all are columns of in this order, or null. */
  private static @Nullable MatrixBlock adjacent(List<MatrixBlock> blocks) {
    MatrixBlock whole = blocks.getFirst();
    for (MatrixBlock next : blocks.subList(1, blocks.size())) {
      MatrixBlock both =
          new MatrixBlock(
              whole.capture(),
              whole.transposed(),
              whole.row(),
              whole.rows(),
              whole.column(),
              whole.columns() + next.columns());
      if (!both.columns(whole.columns(), next.columns()).equals(next)) {
        return null;
      }
      whole = both;
    }
    return whole;
  }

  /** The blocks of each joined matrix, by number. */
  List<List<MatrixBlock>> all() {
    return List.copyOf(all);
  }
}
