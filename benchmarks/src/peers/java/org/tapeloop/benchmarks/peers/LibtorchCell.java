package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.tapeloop.benchmarks.LayerSize;

/** What the layers from operations share. */
abstract class LibtorchCell implements LibtorchLayer {
  private final LayerSize size;
  private final List<Tensor> parameters;

  /**
   * @param values of the parameters, which gradients are wanted of
   */
  LibtorchCell(LayerSize size, List<Tensor> values) {
    this.size = size;
    parameters = values;
    values.forEach(value -> value.set_requires_grad(true));
  }

  @Override
  public final List<Tensor> parameters() {
    return parameters;
  }

  /** The parameter that the benchmarks' cell declares at that place. */
  final Tensor parameter(int index) {
    return parameters.get(index);
  }

  /** The rows [T*B, I] of all steps. */
  final Tensor rows(Tensor x) {
    return x.view((long) size.time() * size.batch(), size.inputs());
  }

  /** A [B, F] for each step, of rows [T*B, F]. */
  final TensorVector steps(Tensor rows) {
    return rows.view(size.time(), size.batch(), -1).unbind(0);
  }

  /** The state [B, H] before the first step. */
  final Tensor zeroState() {
    return torch.zeros(size.batch(), size.hidden());
  }

  /** T. */
  final int time() {
    return size.time();
  }

  /** H. */
  final int hidden() {
    return size.hidden();
  }
}
