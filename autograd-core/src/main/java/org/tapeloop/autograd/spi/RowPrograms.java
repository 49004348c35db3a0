package org.tapeloop.autograd.spi;

/** The capability to execute {@link RowProgram}s in one pass through the first-level cache. */
public interface RowPrograms {

  /** A program made ready for one element type. Safe for several threads at once. */
  @FunctionalInterface
  interface RowKernel {
    /**
     * Executes the program over rows {@code 0 .. rows-1}.
     *
     * @param arrays the array of each operand, {@code float[]} or {@code double[]}
     * @param offsets where row 0, column 0 of each operand stands
     * @param strides the distance between rows of each operand; 0 repeats one row
     */
    void run(Object[] arrays, int[] offsets, int[] strides, int rows);
  }

  /**
   * Makes a program ready.
   *
   * @param like a view of the element type to be used
   */
  RowKernel prepare(RowProgram program, ArrayView like);

  /** Whether programs run in one pass, rather than instruction by instruction. */
  default boolean isFused() {
    return true;
  }
}
