package org.tapeloop.backend.vector;

import org.jspecify.annotations.Nullable;

/** Where a slot of a row program stands: some columns of a register, or of an operand in memory. */
final class FloatPlace {
  private final @Nullable Register register;
  private final int operand;
  private final int column;

  private FloatPlace(@Nullable Register register, int operand, int column) {
    this.register = register;
    this.operand = operand;
    this.column = column;
  }

  static FloatPlace inRegister(Register register, int column) {
    return new FloatPlace(register, -1, column);
  }

  static FloatPlace inMemory(int operand, int column) {
    return new FloatPlace(null, operand, column);
  }

  /**
   * A block of scratch of its own, as many rows as a tile has, one after the other: so values
   * narrower than a vector fill whole vectors, but for the last.
   */
  static final class Register {
    final int width;

    /** Where the block begins; known when the height of a tile is. */
    int base;

    /** All of it. */
    final FloatPlace place = inRegister(this, 0);

    Register(int width) {
      this.width = width;
    }

    /** Elements of the block. */
    int size(int rows) {
      return FloatGemm.roundUp(rows * width, FloatLoop.EACH);
    }
  }

  /** The rows that a program is at. One for each thread, and used for all its programs. */
  static final class Tile {
    private static final Object[] NO_ARRAYS = {};
    private static final int[] NO_NUMBERS = {};

    private Object[] arrays = NO_ARRAYS;
    private int[] offsets = NO_NUMBERS;
    private int[] strides = NO_NUMBERS;
    private float[] scratch = {};
    private int row;
    int rows;

    void open(Object[] arrays, int[] offsets, int[] strides, float[] scratch) {
      this.arrays = arrays;
      this.offsets = offsets;
      this.strides = strides;
      this.scratch = scratch;
    }

    void moveTo(int row, int rows) {
      this.row = row;
      this.rows = rows;
    }

    /** Lets go of the operands. */
    void close() {
      arrays = NO_ARRAYS;
      offsets = NO_NUMBERS;
      strides = NO_NUMBERS;
    }
  }

  /** The array it stands in. */
  float[] array(Tile tile) {
    return register != null ? tile.scratch : (float[]) tile.arrays[operand];
  }

  /** Where it begins in the tile's first row. */
  int start(Tile tile) {
    return register != null
        ? register.base + column
        : tile.offsets[operand] + tile.row * tile.strides[operand] + column;
  }

  /** From one row to the next. */
  int stride(Tile tile) {
    return register != null ? register.width : tile.strides[operand];
  }

  /** Whether it is all of a register of some width. */
  boolean fills(int width) {
    return register != null && register.width == width;
  }
}
