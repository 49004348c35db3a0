package org.tapeloop.autograd.scan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a step's scan is executed, for any number of steps and any batch.
 *
 * @param buffers the memory, the backward passes' own not included
 * @param before products for all steps at once, of what no state enters
 * @param loop one step
 * @param after what no state needs, for all steps at once
 * @param outputs where the outputs stand
 * @param states the buffers of the states
 */
record Plan(
    List<Buffers.Buffer> buffers,
    Stage before,
    Stage loop,
    Stage after,
    List<Location> outputs,
    List<Integer> states) {

  /** Bytes that stay in 1 MiB of L2 beside a matrix of the loop and one of those outside it. */
  private static final int NEAR_BYTES = 1 << 18;

  /**
   * How many steps fit in the cache with what the products outside the loop give it or read of it.
   * Where only the outputs are to stay, so many steps at a time may use the same memory, which then
   * is always near.
   *
   * @param elementBytes bytes of a number
   */
  int stepsNear(int batch, int elementBytes) {
    int columns = 0;
    for (Stage.Level level : before.levels()) {
      columns += level.products().stream().mapToInt(product -> product.out().width()).sum();
    }
    for (Stage.Level level : after.levels()) {
      columns += level.products().stream().mapToInt(product -> product.x().width()).sum();
    }
    long bytes = (long) batch * columns * elementBytes;
    return bytes == 0 ? Integer.MAX_VALUE : (int) Math.max(1, NEAR_BYTES / bytes);
  }

  /** Whether a place is all of a buffer with a matrix a step. */
  static boolean isWholeStack(Location at, List<Buffers.Buffer> buffers) {
    Buffers.Buffer buffer = buffers.get(at.buffer());
    boolean stack =
        buffer.kind() instanceof Buffers.Kept
            || buffer.kind() instanceof Buffers.Steps
            || buffer.kind() instanceof Buffers.States;
    return stack && at.column() == 0 && at.width() == buffer.width();
  }

  /**
   * The backward pass.
   *
   * @param buffers the plan's, and after them its own
   * @param before products for all steps at once, of what no later step enters
   * @param loop one step, from the last to the first
   * @param after what no earlier step needs, for all steps at once
   * @param carries the buffer of each state's cotangent
   * @param inputs where the gradient of each input stands, null where there is none
   * @param sums what is summed over rows and steps
   * @param totals what steps are added to, from 0
   * @param recomputed forward values that are computed again instead of kept
   * @param replaces whether it stores over forward values
   */
  record Back(
      List<Buffers.Buffer> buffers,
      Stage before,
      Stage loop,
      Stage after,
      List<Integer> carries,
      List<@Nullable Location> inputs,
      List<Sum> sums,
      List<Location> totals,
      List<Value> recomputed,
      boolean replaces) {}

  /**
   * A sum over rows and steps.
   *
   * @param value what it is in the graph
   * @param a its rows; for an outer product the parts of the left factor
   * @param b the right factor of an outer product, or null for a plain sum
   * @param inLoop whether the loop has added up the steps
   */
  record Sum(Value value, List<Location> a, @Nullable Location b, boolean inLoop) {

    /** Columns of the left factor, or of what is summed. */
    int width() {
      int width = 0;
      for (int i = 0; i < a.size(); i++) {
        width += a.get(i).width();
      }
      return width;
    }
  }
}
