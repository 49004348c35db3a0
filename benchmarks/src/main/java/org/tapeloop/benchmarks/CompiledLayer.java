package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;

/** A compiled layer with what it is run on. */
final class CompiledLayer<S> {
  private final Recurrent<S> layer;
  private final Tensor x;
  private final S initial;
  private final Tensor cotangent;
  private final List<Tensor> wanted = new ArrayList<>();

  /** What the last call gave. */
  private @Nullable SequenceOutput<S> result;

  private Map<Tensor, Tensor> gradients = Map.of();

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

  /** Runs forward. */
  void forward() {
    result = Autograd.noGrad(() -> layer.forward(x, initial));
    gradients = Map.of();
  }

  /** Runs forward and backward to the input and all parameters. */
  void train() {
    SequenceOutput<S> output = layer.forward(x, initial);
    gradients =
        Autograd.gradients(List.of(output.output()), List.of(cotangent), wanted, GraphMode.FREE);
    result = output;
  }

  /**
   * The bytes of the elements of the arrays that the results of the last call stand in: outputs,
   * final states, and gradients if it ran backward. Each array counts once, though two biases that
   * are only ever added have one gradient, and all of it, with the initial state that may stand in
   * front of the outputs.
   */
  long resultBytes() {
    SequenceOutput<S> last = Objects.requireNonNull(result, "no call was made");
    List<Tensor> results = new ArrayList<>(TensorTree.flatten(last.state()));
    results.add(last.output());
    results.addAll(gradients.values());
    Set<float[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
    results.forEach(each -> arrays.add(((FloatView) each.elements()).array()));
    return arrays.stream().mapToLong(array -> (long) array.length * Float.BYTES).sum();
  }
}
