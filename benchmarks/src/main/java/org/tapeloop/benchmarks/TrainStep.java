package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.ParallelRecurrent;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceLayer;

/** One layer forward and backward: gradients of its input and of all its parameters. */
public final class TrainStep<S> {
  private final SequenceLayer<S> layer;
  private final S initial;
  private final Tensor x;
  private final Tensor cotangent;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final List<Tensor> wanted = new ArrayList<>();

  /** All numbers are drawn in F32, and are the same in F64. */
  private <L extends Layer & SequenceLayer<S>> TrainStep(L layer, LayerSize size, DType dtype) {
    layer.to(dtype);
    this.layer = layer;
    initial = layer.initialState(size.batch());
    Generator generator = new Generator(7);
    Shape inputs = Shape.of(size.time(), size.batch(), size.inputs());
    x = Tensor.normal(generator.next(), DType.F32, inputs, 0, 1).to(dtype).leaf();
    int outputSize = layer.forward(x.narrow(0, 0, 1), initial).output().extent(2);
    Shape outputs = Shape.of(size.time(), size.batch(), outputSize);
    cotangent = Tensor.normal(generator.next(), DType.F32, outputs, 0, 1).to(dtype);
    wanted.add(x);
    layer.parameters().forEach((name, parameter) -> parameters.put(name, parameter.value()));
    wanted.addAll(parameters.values());
  }

  /** A layer with weights and inputs that are the same in every run. */
  public static TrainStep<?> of(BenchmarkCell cell, LayerSize size, ScanMode mode) {
    return of(cell.create(size), size, mode, DType.F32);
  }

  /** The same layer with the same numbers, computed step by step in F64. */
  public static TrainStep<?> precise(BenchmarkCell cell, LayerSize size) {
    return of(cell.create(size), size, ScanMode.EAGER, DType.F64);
  }

  /** A layer of the library with weights and inputs that are the same in every run. */
  static TrainStep<?> of(LibraryCell cell, LayerSize size, ScanMode mode) {
    return of(cell.create(size), size, mode, DType.F32);
  }

  private static <S> TrainStep<S> of(
      RecurrentCell<S> cell, LayerSize size, ScanMode mode, DType dtype) {
    return new TrainStep<>(Recurrent.forward(cell).in(mode), size, dtype);
  }

  /**
   * A layer of the library with all steps at once.
   *
   * @throws IllegalArgumentException if the cell's recurrence is not linear
   */
  static TrainStep<?> atOnce(LibraryCell cell, LayerSize size) {
    if (cell.create(size) instanceof ParallelCell<?> parallel) {
      return atOnce(parallel, size);
    }
    throw new IllegalArgumentException(cell + " has no linear recurrence");
  }

  private static <S> TrainStep<S> atOnce(ParallelCell<S> cell, LayerSize size) {
    return new TrainStep<>(ParallelRecurrent.forward(cell), size, DType.F32);
  }

  /** The input [T, B, I]. */
  public Tensor x() {
    return x;
  }

  /** What the outputs [T, B, R] are weighted with: gradients are those of their product's sum. */
  public Tensor cotangent() {
    return cotangent;
  }

  /** The parameters by name, in the order in which the cell declares them. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The outputs [T, B, R]. */
  public Tensor forward() {
    return layer.forward(x, initial).output();
  }

  /**
   * What the compiled step does.
   *
   * @throws IllegalStateException if all steps are computed at once
   */
  String explain() {
    if (layer instanceof Recurrent<?> scanned) {
      return scanned.explain(x);
    }
    throw new IllegalStateException("all steps at once have no plan");
  }

  /** Of the input, then of the parameters in order. */
  public Map<Tensor, Tensor> gradients() {
    return Autograd.gradients(List.of(forward()), List.of(cotangent), wanted, GraphMode.FREE);
  }
}
