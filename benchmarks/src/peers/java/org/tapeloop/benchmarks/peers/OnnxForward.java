package org.tapeloop.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.benchmarks.LayerSize;
import org.tapeloop.benchmarks.TrainStep;

/** The same layer in ONNX Runtime, with the weights and inputs of {@link TrainStep}. */
final class OnnxForward implements Job {
  private final OnnxSession session;
  private final OnnxBuffer y;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;

  OnnxForward(Task task) {
    LayerSize size = task.layerSize();
    TrainStep<?> layer = TrainStep.of(task.cell(), size, ScanMode.COMPILED);
    List<org.tapeloop.autograd.Tensor> parameters = List.copyOf(layer.parameters().values());
    session = new OnnxSession(OnnxModel.sequence(task, parameters), task.threads());
    OnnxBuffer x = OnnxBuffer.of(size.time(), size.batch(), size.inputs());
    x.put(layer.x().toFloatArray());
    y = OnnxBuffer.of(size.time(), 1, size.batch(), size.hidden());
    inputs = Map.of("x", x.tensor());
    outputs = Map.of("y", y.tensor());
  }

  @Override
  public void step() {
    session.run(inputs, outputs);
  }

  @Override
  public Map<String, float[]> results() {
    step();
    return Map.of("outputs", y.toArray());
  }
}
