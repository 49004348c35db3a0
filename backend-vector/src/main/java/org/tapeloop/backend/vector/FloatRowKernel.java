package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.RowPrograms;

/**
 * A row program ready to run: its steps in turn over one tile of rows after the other, whose
 * registers stay in L1.
 */
final class FloatRowKernel implements RowPrograms.RowKernel {
  private final FloatStep[] steps;
  private final int height;
  private final int size;

  /**
   * @param height rows of a tile, at most
   * @param size elements of all registers
   */
  FloatRowKernel(FloatStep[] steps, int height, int size) {
    this.steps = steps;
    this.height = height;
    this.size = size;
  }

  /** How many loops and other steps a tile passes through. */
  int steps() {
    return steps.length;
  }

  @Override
  public void run(Object[] arrays, int[] offsets, int[] strides, int rows) {
    FloatScratch scratch = FloatScratch.ofThread();
    FloatPlace.Tile tile = scratch.rows;
    tile.open(arrays, offsets, strides, scratch.registers(size));
    try {
      // Tiles of about one height, for a low one costs as many calls as a high one.
      int tiles = (rows + height - 1) / height;
      int each = (rows + tiles - 1) / Math.max(1, tiles);
      for (int row = 0; row < rows; row += each) {
        tile.moveTo(row, Math.min(each, rows - row));
        for (FloatStep step : steps) {
          step.run(tile);
        }
      }
    } finally {
      tile.close();
    }
  }
}
