package org.tapeloop.benchmarks.peers;

import java.util.Map;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.benchmarks.TrainStep;

/** A compiled scan over the cell without gradients, on the default backend. */
final class TapeloopForward implements Job {
  private final Backend backend;
  private final TrainStep<?> layer;

  TapeloopForward(Task task) {
    this(task, TrainStep.of(task.cell(), task.layerSize(), ScanMode.COMPILED));
  }

  private TapeloopForward(Task task, TrainStep<?> layer) {
    backend = Backends.named("vector", task.threads());
    this.layer = layer;
  }

  /** The same in 64 bits, step by step. */
  static TapeloopForward precise(Task task) {
    return new TapeloopForward(task, TrainStep.precise(task.cell(), task.layerSize()));
  }

  @Override
  public void step() {
    outputs();
  }

  @Override
  public Map<String, float[]> results() {
    return Map.of("outputs", outputs().toFloatArray());
  }

  private Tensor outputs() {
    return Backends.use(backend, () -> Autograd.noGrad(layer::forward));
  }
}
