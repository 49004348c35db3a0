package org.tapeloop.benchmarks.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.benchmarks.TrainStep;

/** The same layer in libtorch, with the weights and inputs of {@link TrainStep}. */
final class LibtorchTraining implements Job {
  private final LibtorchLayer layer;
  private final Tensor x;
  private final TensorVector cotangent;
  private final TensorVector wanted;
  private final List<String> names = new ArrayList<>();

  LibtorchTraining(Task task) {
    torch.set_num_threads(task.threads());
    TrainStep<?> ours = TrainStep.of(task.cell(), task.layerSize(), ScanMode.COMPILED);
    x = copy(ours.x()).set_requires_grad(true);
    cotangent = new TensorVector(copy(ours.cotangent()));
    List<Tensor> values = ours.parameters().values().stream().map(v -> copy(v)).toList();
    layer = LibtorchLayer.of(task.cell(), task.layerSize(), values);
    wanted = new TensorVector(x);
    layer.parameters().forEach(wanted::push_back);
    names.add("gradient of x");
    ours.parameters().keySet().forEach(name -> names.add("gradient of " + name));
  }

  @Override
  public void step() {
    // Frees what the step allocates natively when it ends, as C++ does.
    try (PointerScope _ = new PointerScope()) {
      gradients(layer.forward(x));
    }
  }

  @Override
  public Map<String, float[]> results() {
    try (PointerScope _ = new PointerScope()) {
      Map<String, float[]> results = new LinkedHashMap<>();
      Tensor outputs = layer.forward(x);
      results.put("outputs", toArray(outputs));
      TensorVector gradients = gradients(outputs);
      for (int i = 0; i < names.size(); i++) {
        results.put(names.get(i), toArray(gradients.get(i)));
      }
      return results;
    }
  }

  private TensorVector gradients(Tensor outputs) {
    return torch.grad(
        new TensorVector(outputs), wanted, cotangent, new BoolOptional(), false, false);
  }

  /** A tensor of libtorch with the same numbers. */
  static Tensor copy(org.tapeloop.autograd.Tensor tensor) {
    long[] extents = Arrays.stream(tensor.shape().extents()).asLongStream().toArray();
    return Tensor.create(tensor.toFloatArray(), extents);
  }

  /** Row-major. */
  static float[] toArray(Tensor tensor) {
    Tensor dense = tensor.contiguous();
    float[] array = new float[Math.toIntExact(dense.numel())];
    new FloatPointer(dense.data_ptr()).get(array);
    return array;
  }
}
