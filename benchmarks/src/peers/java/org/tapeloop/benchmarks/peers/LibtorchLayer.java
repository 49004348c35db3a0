package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;

/**
 * A recurrent layer in libtorch: a module of its own for the cells that it has, operations for the
 * others, written as somebody would who wants them fast. What depends on x alone stands before the
 * loop and is one product over all steps, biases are added by the products, and states are
 * interpolated by one operation.
 */
interface LibtorchLayer {

  /** The outputs [T, B, H] for the input x [T, B, I], from a state of zeros. */
  Tensor forward(Tensor x);

  /** What is trained, in the order of the benchmarks' cell. */
  List<Tensor> parameters();

  /**
   * The layer for a cell.
   *
   * @param values of the parameters, in the order of the benchmarks' cell
   */
  static LibtorchLayer of(BenchmarkCell cell, LayerSize size, List<Tensor> values) {
    return switch (cell) {
      case ELMAN, GRU, LSTM -> LibtorchModule.of(cell, size, values);
      case LNLSTM -> new LibtorchNormalisedLstm(size, values);
      case MGU -> new LibtorchMinimalGatedUnit(size, values);
      case USER -> new LibtorchHandWrittenLstm(size, values);
    };
  }
}
