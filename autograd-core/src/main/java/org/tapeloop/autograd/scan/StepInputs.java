package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree.Leaves;
import org.tapeloop.autograd.Trace;

/**
 * The leaves of a scan's inputs.
 *
 * @param rows the shape of each tensor in one step
 * @param indexRows the shape of the indices in one step
 */
record StepInputs(
    List<Tensor> tensors, List<Shape> rows, List<IntTensor> indices, List<Shape> indexRows) {

  /** Inputs with time as their first axis. */
  static StepInputs overTime(Leaves leaves) {
    return new StepInputs(
        leaves.tensors(),
        leaves.tensors().stream().map(x -> withoutTime(x.shape())).toList(),
        leaves.indices(),
        leaves.indices().stream().map(ids -> withoutTime(ids.shape())).toList());
  }

  /** The inputs of one step. */
  static StepInputs ofOneStep(Leaves leaves) {
    return new StepInputs(
        leaves.tensors(),
        leaves.tensors().stream().map(Tensor::shape).toList(),
        leaves.indices(),
        leaves.indices().stream().map(IntTensor::shape).toList());
  }

  private static Shape withoutTime(Shape shape) {
    int[] extents = shape.extents();
    return Shape.of(Arrays.copyOfRange(extents, 1, extents.length));
  }

  /** A symbol for each leaf in one step. */
  Leaves symbols(Trace trace) {
    List<Tensor> symbols = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      Tensor x = tensors.get(i);
      symbols.add(trace.symbol(x.dtype(), rows.get(i), x.requiresGrad()));
    }
    return new Leaves(symbols, indexRows.stream().map(trace::indices).toList());
  }

  /** Whether a recorded step was called on the like, states included. */
  boolean fit(StepTrace trace, List<Tensor> states) {
    boolean fits =
        tensors.size() == trace.inputs().size()
            && states.size() == trace.states().size()
            && indices.size() == trace.indices().size();
    for (int i = 0; fits && i < tensors.size(); i++) {
      Tensor symbol = trace.inputs().get(i);
      fits =
          symbol.shape().equals(rows.get(i))
              && symbol.dtype() == tensors.get(i).dtype()
              && symbol.requiresGrad() == tensors.get(i).requiresGrad();
    }
    for (int i = 0; fits && i < indices.size(); i++) {
      fits = trace.indices().get(i).shape().equals(indexRows.get(i));
    }
    for (int k = 0; fits && k < states.size(); k++) {
      Tensor symbol = trace.states().get(k);
      fits =
          symbol.shape().equals(states.get(k).shape())
              && symbol.dtype() == states.get(k).dtype()
              && symbol.requiresGrad() == Autograd.isRecording();
    }
    return fits;
  }
}
