package org.tapeloop.backend.vector;

import org.jspecify.annotations.Nullable;

/**
 * Working memory of one thread. Each room grows to the largest request and is reused; its contents
 * survive no call.
 */
final class FloatScratch {
  private static final int PANEL_BITS = 4;

  private static final ThreadLocal<FloatScratch> OF_THREAD =
      ThreadLocal.withInitial(FloatScratch::new);

  /** A tile of the product beside the output, for columns that do not fill a vector. */
  final float[] side = new float[VectorWidth.TILE_ROWS * 2 * VectorWidth.FLOAT.length()];

  /** What a pass of an elementwise loop leaves for the next. */
  final float[] pass = new float[4 * FloatPasses.TILE];

  /** Operands of a power that one vector stands for, written out. */
  final float[] stretched = new float[2 * FloatPasses.TILE];

  /** The rows that a row program is at. */
  final FloatPlace.Tile rows = new FloatPlace.Tile();

  /** The left operand of the block of a product that runs. */
  final FloatLeft left = new FloatLeft();

  /** The axes of the reduction that runs, and what joins the pieces of its results. */
  final ReducePlan reduction = new ReducePlan();

  final FloatReduce.Tree tree = new FloatReduce.Tree();

  /** How the columns of the latest products were cut, each at a place that its extents give. */
  private final @Nullable ColumnPanels[] panels = new @Nullable ColumnPanels[1 << PANEL_BITS];

  private float[] packedColumns = {};
  private float[] line = {};
  private float[] tile = {};
  private float[] registers = {};

  private FloatScratch() {}

  static FloatScratch ofThread() {
    return OF_THREAD.get();
  }

  /** How the columns of a product are cut, see {@link ColumnPanels#of}. */
  ColumnPanels panels(int columns, int depth, boolean copied) {
    int usual = ColumnPanels.usual(columns, VectorWidth.FLOAT.length(), copied);
    int place = ((31 * columns + depth) * 0x9E3779B9) >>> (Integer.SIZE - PANEL_BITS);
    ColumnPanels known = panels[place];
    if (known == null || !known.isOf(columns, depth, usual)) {
      known = new ColumnPanels(columns, depth, VectorWidth.FLOAT.length(), usual);
      panels[place] = known;
    }
    return known;
  }

  /** Room for a block of the right operand, from {@link FloatLines#FIRST} on. */
  float[] packedColumns(int size) {
    if (packedColumns.length < size + FloatLines.FIRST) {
      packedColumns = FloatLines.array(size);
    }
    return packedColumns;
  }

  /**
   * Room for one vector of any length: an operand made contiguous, or a result before it is
   * scattered.
   */
  float[] line(int size) {
    if (line.length < size) {
      line = new float[size];
    }
    return line;
  }

  /** Room for the tiles of elementwise kernels and reductions. */
  float[] tile(int size) {
    if (tile.length < size) {
      tile = new float[size];
    }
    return tile;
  }

  /** Room for the registers of a row program. */
  float[] registers(int size) {
    if (registers.length < size) {
      registers = new float[size];
    }
    return registers;
  }
}
