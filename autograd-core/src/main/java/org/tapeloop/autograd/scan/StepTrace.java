package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;

/**
 * One step recorded on symbols.
 *
 * @param trace the recording
 * @param inputs the symbols of the inputs of a step
 * @param indices the symbols of the indices of a step
 * @param states the symbols of the states before it
 * @param outputs what the step gave
 * @param nextStates the states after it
 * @param captured tensors with elements that the step used, in order
 */
record StepTrace(
    Trace trace,
    List<Tensor> inputs,
    List<IntTensor> indices,
    List<Tensor> states,
    List<Tensor> outputs,
    List<Tensor> nextStates,
    List<Tensor> captured) {

  /** The same without the captured tensors, for who keeps it. */
  StepTrace withoutCaptured() {
    return new StepTrace(trace, inputs, indices, states, outputs, nextStates, List.of());
  }

  /** The symbols of the captured tensors. */
  List<Tensor> captureSymbols() {
    List<Tensor> symbols = new ArrayList<>();
    captured.forEach(tensor -> symbols.add(trace.capture(tensor)));
    return symbols;
  }
}
