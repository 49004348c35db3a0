package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;

/**
 * The matrices that the products of a stage multiply by, and where in a frame they are packed, if
 * the backend packs. Each may be cut into blocks of columns, one for each thread at most.
 */
final class StageMatrices {
  private final Backend backend;
  private final @Nullable MatrixPacking packing;
  private final int first;
  private final List<MatrixBlock> matrices = new ArrayList<>();

  /**
   * @param first the number of the first packed matrix that is the stage's in a frame
   */
  StageMatrices(Backend backend, int first) {
    this.backend = backend;
    this.packing = Pass.inUse().contains(Pass.PACK) ? backend.matrixPacking().orElse(null) : null;
    this.first = first;
  }

  /** Adds a matrix unless it is there. */
  int number(MatrixBlock matrix) {
    int at = matrices.indexOf(matrix);
    if (at < 0) {
      at = matrices.size();
      matrices.add(matrix);
    }
    return at;
  }

  /** What packs them, or null if they are used as they are. */
  @Nullable MatrixPacking packing() {
    return packing;
  }

  /** How many packed matrices the stage wants of a frame. */
  int places() {
    return packing == null ? 0 : matrices.size() * backend.threads();
  }

  /** A matrix that is not packed. */
  ArrayView view(int number, Frame frame, List<ArrayView> captures) {
    return matrices.get(number).view(captures, frame.layouts());
  }

  /** Packs all, if they are packed; their elements may change afterwards. */
  void pack(Frame frame, List<ArrayView> captures, int blocks) {
    MatrixPacking by = packing;
    if (by == null) {
      return;
    }
    if (blocks == 1) {
      packBlock(by, frame, captures, 0, 1);
    } else {
      backend.runAll(blocks, block -> packBlock(by, frame, captures, block, blocks));
    }
  }

  private void packBlock(
      MatrixPacking by, Frame frame, List<ArrayView> captures, int block, int blocks) {
    for (int number = 0; number < matrices.size(); number++) {
      MatrixBlock matrix = matrices.get(number);
      int from = start(number, block, blocks);
      int columns = start(number, block + 1, blocks) - from;
      if (columns > 0) {
        MatrixBlock part = blocks == 1 ? matrix : matrix.columns(from, columns);
        int place = placeOf(number, block);
        ArrayView elements = part.view(captures, frame.layouts());
        frame.packed(place, by.pack(elements, frame.packed(place)));
      }
    }
  }

  private int placeOf(int number, int block) {
    return first + number * backend.threads() + block;
  }

  /** A block of columns as it was packed. */
  PackedMatrix packed(int number, int block, Frame frame) {
    PackedMatrix matrix = frame.packed(placeOf(number, block));
    if (matrix == null) {
      throw new IllegalStateException("matrix " + number + " was not packed");
    }
    return matrix;
  }

  /** The first column of a block of a matrix, or behind the last block the number of columns. */
  int start(int number, int block, int blocks) {
    int columns = matrices.get(number).columns();
    return block == blocks
        ? columns
        : columns
            / MatrixPacking.COLUMNS_TOGETHER
            * block
            / blocks
            * MatrixPacking.COLUMNS_TOGETHER;
  }
}
