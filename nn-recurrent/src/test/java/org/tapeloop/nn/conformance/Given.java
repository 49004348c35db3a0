package org.tapeloop.nn.conformance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;

/** What a computation starts from, in one element type: leaves, constants and attributes. */
final class Given {
  private final ConformanceCase from;
  private final DType dtype;
  private final Map<String, Tensor> leaves = new LinkedHashMap<>();

  Given(ConformanceCase from, DType dtype) {
    this.from = from;
    this.dtype = dtype;
    Stream.of("inputs", "params")
        .flatMap(key -> from.texts(key).stream())
        .forEach(name -> leaves.put(name, from.tensor(name).to(dtype).leaf()));
  }

  /** The tensors to differentiate with respect to, by name. */
  Map<String, Tensor> leaves() {
    return leaves;
  }

  /** The trainable ones of them, by name, in the order of the file. */
  Map<String, Tensor> params() {
    Map<String, Tensor> params = new LinkedHashMap<>();
    from.texts("params").forEach(name -> params.put(name, tensor(name)));
    return params;
  }

  /** Loads the trainable tensors into a layer by name; from then on the layer's are the leaves. */
  void into(Layer layer) {
    layer.to(dtype);
    layer.load(params());
    layer.parameters().forEach((name, parameter) -> leaves.put(name, parameter.value()));
  }

  /** The attributes. */
  ConformanceCase attributes() {
    return from;
  }

  DType dtype() {
    return dtype;
  }

  boolean has(String tensor) {
    return leaves.containsKey(tensor) || from.tensorNames().contains(tensor);
  }

  /** A tensor by name, floating point: a leaf, or a constant. Integers are converted. */
  Tensor tensor(String name) {
    Tensor leaf = leaves.get(name);
    if (leaf != null) {
      return leaf;
    }
    if (!from.isInteger(name)) {
      return from.tensor(name).to(dtype);
    }
    IntTensor ints = from.ints(name);
    double[] values = new double[ints.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ints.flat(i);
    }
    return Tensor.ofDoubles(ints.shape(), values).to(dtype);
  }

  IntTensor ints(String name) {
    return from.ints(name);
  }

  /** The inputs in order. */
  List<Tensor> operands() {
    return from.texts("inputs").stream().map(this::tensor).toList();
  }

  /** Operand {@code i} of an operation. */
  Tensor in(int i) {
    return tensor("in" + i);
  }
}
