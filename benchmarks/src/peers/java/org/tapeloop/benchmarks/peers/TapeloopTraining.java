package org.tapeloop.benchmarks.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.benchmarks.TrainStep;

/** Steps of a compiled scan over the cell, forward and backward, on the default backend. */
final class TapeloopTraining implements Job {
  private final Backend backend;
  private final TrainStep<?> layer;

  TapeloopTraining(Task task) {
    this(task, TrainStep.of(task.cell(), task.layerSize(), ScanMode.COMPILED));
  }

  private TapeloopTraining(Task task, TrainStep<?> layer) {
    backend = Backends.named("vector", task.threads());
    this.layer = layer;
  }

  /** The same in 64 bits, step by step. */
  static TapeloopTraining precise(Task task) {
    return new TapeloopTraining(task, TrainStep.precise(task.cell(), task.layerSize()));
  }

  @Override
  public void step() {
    Backends.use(backend, layer::gradients);
  }

  @Override
  public Map<String, float[]> results() {
    return Backends.use(backend, this::compute);
  }

  private Map<String, float[]> compute() {
    Map<String, float[]> results = new LinkedHashMap<>();
    results.put("outputs", layer.forward().toFloatArray());
    Map<Tensor, Tensor> gradients = layer.gradients();
    results.put("gradient of x", of(gradients, layer.x()));
    layer
        .parameters()
        .forEach((name, value) -> results.put("gradient of " + name, of(gradients, value)));
    return results;
  }

  private static float[] of(Map<Tensor, Tensor> gradients, Tensor value) {
    Tensor gradient = gradients.get(value);
    if (gradient == null) {
      throw new IllegalStateException("no gradient of a tensor " + value.shape());
    }
    return gradient.toFloatArray();
  }
}
