package org.tapeloop.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.benchmarks.LayerSize;

/**
 * A cell in ONNX Runtime. Its states lie in two sets of buffers: a step reads the one and writes
 * the other, which the next one reads.
 */
final class OnnxSteps implements Steps {
  private final OnnxSession session;
  private final OnnxBuffer x;
  private final List<OnnxBuffer> hidden = new ArrayList<>();
  private final List<Map<String, OnnxTensor>> inputs;
  private final List<Map<String, OnnxTensor>> outputs;

  /** The set that holds the state. */
  private int current;

  OnnxSteps(Task task, List<Tensor> parameters) {
    session = new OnnxSession(OnnxModel.step(task, parameters), task.threads());
    LayerSize size = task.layerSize();
    x = OnnxBuffer.of(1, size.batch(), size.inputs());
    inputs = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    outputs = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    for (int set = 0; set < 2; set++) {
      inputs.get(set).put("x", x.tensor());
      for (String state : OnnxOperator.of(task.cell()).states()) {
        OnnxBuffer buffer = OnnxBuffer.of(1, size.batch(), size.hidden());
        inputs.get(set).put(state, buffer.tensor());
        outputs.get(1 - set).put("next_" + state, buffer.tensor());
        if (state.equals("h")) {
          hidden.add(buffer);
        }
      }
    }
  }

  @Override
  public void input(float[] values) {
    x.put(values);
  }

  @Override
  public void next() {
    session.run(inputs.get(current), outputs.get(current));
    current = 1 - current;
  }

  @Override
  public float[] output() {
    return hidden.get(current).toArray();
  }
}
