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
 * What a scan's step is called on.
 *
 * @param overTime whether the leaves have time as their first axis, and are not those of one step
 */
record StepInputs(Leaves leaves, boolean overTime) {

  List<Tensor> tensors() {
    return leaves.tensors();
  }

  List<IntTensor> indices() {
    return leaves.indices();
  }

  /** The axis of the batch. */
  int lead() {
    return overTime ? 1 : 0;
  }

  private Shape ofOneStep(Shape shape) {
    int[] extents = shape.extents();
    return Shape.of(Arrays.copyOfRange(extents, lead(), extents.length));
  }

  /** A symbol for each leaf in one step. */
  Leaves symbols(Trace trace) {
    List<Tensor> symbols = new ArrayList<>();
    for (Tensor x : tensors()) {
      symbols.add(trace.symbol(x.dtype(), ofOneStep(x.shape()), x.requiresGrad()));
    }
    return new Leaves(
        symbols, indices().stream().map(ids -> trace.indices(ofOneStep(ids.shape()))).toList());
  }

  /** Whether a recorded step was called on the like, states included. */
  boolean fit(StepTrace trace, List<Tensor> states) {
    boolean fits =
        tensors().size() == trace.inputs().size()
            && states.size() == trace.states().size()
            && indices().size() == trace.indices().size();
    for (int i = 0; fits && i < tensors().size(); i++) {
      Tensor x = tensors().get(i);
      Tensor symbol = trace.inputs().get(i);
      fits =
          isOneStep(x.shape(), symbol.shape())
              && symbol.dtype() == x.dtype()
              && symbol.requiresGrad() == x.requiresGrad();
    }
    for (int i = 0; fits && i < indices().size(); i++) {
      fits = isOneStep(indices().get(i).shape(), trace.indices().get(i).shape());
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

  private boolean isOneStep(Shape shape, Shape row) {
    boolean same = shape.rank() == row.rank() + lead();
    for (int axis = 0; same && axis < row.rank(); axis++) {
      same = shape.extent(axis + lead()) == row.extent(axis);
    }
    return same;
  }
}
