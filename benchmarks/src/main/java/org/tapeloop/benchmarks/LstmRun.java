package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Step;

/**
 * An LSTM run eagerly, step after step, on a batch of sequences, and a loss that weighs every
 * output differently.
 */
final class LstmRun {
  private final LstmCell cell;
  private final Tensor x;
  private final Tensor weights;

  /** T steps, B sequences, I inputs, H hidden units. */
  LstmRun(int time, int batch, int inputs, int hidden) {
    Generator generator = new Generator(20260101);
    cell = new LstmCell(inputs, hidden, generator);
    x = Tensor.normal(generator.next(), DType.F32, Shape.of(time, batch, inputs), 0, 1);
    weights = Tensor.normal(generator.next(), DType.F32, Shape.of(time, batch, hidden), 0, 1);
  }

  private LstmRun(LstmRun whole, int steps) {
    cell = whole.cell;
    x = whole.x.narrow(0, 0, steps).contiguous();
    weights = whole.weights.narrow(0, 0, steps).contiguous();
  }

  /** The first steps of this. */
  LstmRun start(int steps) {
    return new LstmRun(this, Math.min(steps, x.extent(0)));
  }

  /** The loss of the sequences in another element type or with symbols in their place. */
  Tensor loss(Tensor sequences) {
    List<Tensor> outputs = new ArrayList<>();
    LstmState state = cell.initialState(sequences.extent(1));
    for (Tensor xt : sequences.unstack(0)) {
      Step<LstmState> step = cell.step(xt, state);
      outputs.add(step.output());
      state = step.state();
    }
    return Tensor.stack(outputs, 0).mul(weights).sum();
  }

  Tensor sequences() {
    return x;
  }

  /** Forward, and backward to all parameters. */
  Map<Tensor, Tensor> gradients() {
    return loss(x).gradients(cell.values());
  }
}
