package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.tapeloop.autograd.Tensor;

/** A cell in one of the libraries that is run step by step, from a state of zeros. */
interface Steps {

  /** Makes a cell with parameters that stand in the order of the benchmarks' cell. */
  @FunctionalInterface
  interface Factory {
    Steps create(Task task, List<Tensor> parameters);
  }

  /** Sets the input [B, I] of the steps from here on. */
  void input(float[] x);

  /** One step; the state of the next one is what it leaves. */
  void next();

  /** The output [B, H] of the last step. */
  float[] output();
}
