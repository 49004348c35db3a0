package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;

/**
 * What one call of a scan is executed by: a plan, and the tensors of that call.
 *
 * @param output the structure of a step's outputs, of symbols
 * @param state the structure of the state, of symbols
 * @param form the plan and what else calls share
 * @param leaves the inputs
 * @param captured the tensors that the step captured
 */
record Planned<S, Y>(
    Y output,
    S state,
    Form form,
    StepInputs leaves,
    List<Tensor> states,
    List<Tensor> captured,
    int batch) {

  /**
   * What calls that trace alike have in common; holds on to no tensor that the step captured.
   *
   * @param constants tensors that the rules of the derivative have made, which follow the captured
   * @param training whether a backward pass may follow
   */
  record Form(
      CompiledStep step,
      List<ArrayView> constants,
      OutputShapes outputs,
      boolean training,
      StepReplay replay) {}

  /** The tensors of the inputs. */
  List<Tensor> inputs() {
    return leaves.tensors();
  }

  /** The indices of the inputs. */
  List<IntTensor> indices() {
    return leaves.indices();
  }

  CompiledStep step() {
    return form.step;
  }

  /**
   * The elements of what the step captured, and of what its derivative's rules made, by number;
   * joined matrices may be added.
   */
  List<ArrayView> captures() {
    int joined = form.step.joinedMatrices().size();
    List<ArrayView> views = new ArrayList<>(form.step.tensors() + joined);
    for (int i = 0; i < captured.size(); i++) {
      views.add(captured.get(i).elements());
    }
    for (int i = 0; i < form.constants.size(); i++) {
      views.add(form.constants.get(i));
    }
    return views;
  }

  /** Of the element type. */
  ArrayView like() {
    return (inputs().isEmpty() ? states : inputs()).getFirst().elements();
  }

  /**
   * The plan in words.
   *
   * @param names of captured tensors, where they have one
   */
  String text(int steps, Map<Tensor, String> names) {
    return PlanText.of(
        form.step,
        Backends.current(),
        captured.stream()
            .map(tensor -> new PlanText.Capture(tensor.shape(), names.get(tensor)))
            .toList(),
        steps,
        batch,
        like() instanceof DoubleView ? Double.BYTES : Float.BYTES);
  }
}
