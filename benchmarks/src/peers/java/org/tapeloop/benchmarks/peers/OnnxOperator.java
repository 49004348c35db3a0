package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.tapeloop.benchmarks.BenchmarkCell;

/**
 * ONNX's recurrent operators.
 *
 * <p>Source: ONNX, <a href="https://onnx.ai/onnx/operators/">operators</a> RNN, GRU and LSTM.
 */
enum OnnxOperator {
  /** With tanh where nothing else is said. */
  RNN(List.of("h"), 0),
  /** Gates z r h, here r z n. */
  GRU(List.of("h"), 1, 0, 2),
  /** Gates i o f c, here i f g o. */
  LSTM(List.of("h", "c"), 0, 3, 1, 2);

  private final List<String> states;
  private final List<Integer> gates;

  OnnxOperator(List<String> states, Integer... gates) {
    this.states = states;
    this.gates = List.of(gates);
  }

  /**
   * What computes the same as a cell.
   *
   * @throws IllegalArgumentException if none does
   */
  static OnnxOperator of(BenchmarkCell cell) {
    return switch (cell) {
      case ELMAN -> RNN;
      case GRU -> GRU;
      case LSTM -> LSTM;
      case LNLSTM, MGU, USER ->
          throw new IllegalArgumentException(
              "ONNX has no operator for '" + Task.name(cell) + "'; it has for elman, gru, lstm");
    };
  }

  /** The names of the states. */
  List<String> states() {
    return states;
  }

  /** For each gate of the operator, in order, which of the benchmarks' cell it is. */
  List<Integer> gates() {
    return gates;
  }
}
