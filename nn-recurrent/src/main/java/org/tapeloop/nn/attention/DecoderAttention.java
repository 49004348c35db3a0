package org.tapeloop.nn.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

/**
 * Attention that a decoder asks step by step. What depends on the memory alone is computed before
 * the first step; a step is made of operations that compile.
 */
public interface DecoderAttention {

  /**
   * A memory ready to be read.
   *
   * @param memory [Tk, B, M]; padding may hold anything
   * @param lengths of the sequences, or null if all have Tk steps
   * @throws IllegalArgumentException if shapes do not fit
   */
  Reader reader(Tensor memory, @Nullable Lengths lengths);

  /** The size of what is read from a memory of this size. */
  int contextSize(int memorySize);

  /**
   * Refuses sizes that do not fit; a decoder asks when it is made. Unless overridden all fit.
   *
   * @param querySize Dq
   * @param memorySize M
   * @throws IllegalArgumentException naming what does not fit
   */
  default void checkSizes(int querySize, int memorySize) {}

  /** A memory that steps read from. One of a batch of one serves any number of rows. */
  interface Reader {

    /** What is remembered before the first step of B sequences: no tensors, for most. */
    List<Tensor> initialState(int batch);

    /**
     * One step.
     *
     * @param query [B, Dq]
     * @param state after the step before
     */
    Read read(Tensor query, List<Tensor> state);
  }

  /**
   * What a step has read.
   *
   * @param context [B, C]
   * @param weights [B, Tk], the mean of several heads
   * @param state to remember
   */
  record Read(Tensor context, Tensor weights, List<Tensor> state) {}
}
