package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;

/** A compiled layer with what it is run on; its calls say how large their results are. */
final class CompiledLayer<S> {
  private final Recurrent<S> layer;
  private final Tensor x;
  private final S initial;
  private final Tensor cotangent;
  private final List<Tensor> wanted = new ArrayList<>();

  private CompiledLayer(Recurrent<S> layer, LayerSize size) {
    this.layer = layer;
    Generator generator = new Generator(7);
    Shape inputs = Shape.of(size.time(), size.batch(), size.inputs());
    x = Tensor.normal(generator.next(), DType.F32, inputs, 0, 1).leaf();
    initial = layer.initialState(size.batch());
    Shape outputs = Shape.of(size.time(), size.batch(), size.hidden());
    cotangent = Tensor.normal(generator.next(), DType.F32, outputs, 0, 1);
    wanted.add(x);
    wanted.addAll(layer.values());
  }

  private CompiledLayer(Recurrent<S> layer, CompiledLayer<S> on) {
    this.layer = layer;
    x = on.x;
    initial = on.initial;
    cotangent = on.cotangent;
    wanted.addAll(on.wanted);
  }

  /** A layer that has no plan yet. */
  static CompiledLayer<?> of(RecurrentCell<?> cell, LayerSize size) {
    return new CompiledLayer<>(Recurrent.forward(cell).in(ScanMode.COMPILED), size);
  }

  /** The same layer, and so the same plans, run on other extents. */
  CompiledLayer<S> at(LayerSize size) {
    return new CompiledLayer<>(layer, size);
  }

  /** The same cell in a layer that has no plan yet, with the same inputs. */
  CompiledLayer<S> unplanned() {
    return new CompiledLayer<>(layer.in(ScanMode.COMPILED), this);
  }

  /** Traces and plans the step for training, unless that is done, and writes the plan down. */
  String explain() {
    return layer.explain(x);
  }

  /** Runs forward; gives the bytes of outputs and final states. */
  long forward() {
    return Autograd.noGrad(() -> bytes(layer.forward(x, initial)));
  }

  /** Runs forward and backward to the input and all parameters; their gradients are results too. */
  long train() {
    SequenceOutput<S> result = layer.forward(x, initial);
    Map<Tensor, Tensor> gradients =
        Autograd.gradients(List.of(result.output()), List.of(cotangent), wanted, GraphMode.FREE);
    long bytes = bytes(result);
    for (Tensor gradient : gradients.values()) {
      bytes += bytes(gradient);
    }
    return bytes;
  }

  private long bytes(SequenceOutput<S> result) {
    long bytes = bytes(result.output());
    for (Tensor state : TensorTree.flatten(result.state())) {
      bytes += bytes(state);
    }
    return bytes;
  }

  private static long bytes(Tensor tensor) {
    return (long) tensor.size() * Float.BYTES;
  }
}
