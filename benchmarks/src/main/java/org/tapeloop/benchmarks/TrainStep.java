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
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Step;

/** One layer forward and backward: gradients of its input and of all its parameters. */
public final class TrainStep<S> {
  private final Scan<Tensor, S, Tensor> scan;
  private final S initial;
  private final Tensor x;
  private final Tensor cotangent;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final List<Tensor> wanted = new ArrayList<>();

  private TrainStep(RecurrentCell<S> cell, LayerSize size, ScanMode mode) {
    scan =
        Scan.over(
                (Tensor xt, S state) -> {
                  Step<S> step = cell.step(xt, state);
                  return new Scan.Next<>(step.output(), step.state());
                })
            .in(mode);
    initial = cell.initialState(size.batch());
    Generator generator = new Generator(7);
    Shape inputs = Shape.of(size.time(), size.batch(), size.inputs());
    x = Tensor.normal(generator.next(), DType.F32, inputs, 0, 1).leaf();
    Shape outputs = Shape.of(size.time(), size.batch(), size.hidden());
    cotangent = Tensor.normal(generator.next(), DType.F32, outputs, 0, 1);
    wanted.add(x);
    ((Layer) cell)
        .parameters()
        .forEach((name, parameter) -> parameters.put(name, parameter.value()));
    wanted.addAll(parameters.values());
  }

  /** A layer with weights and inputs that are the same in every run. */
  public static TrainStep<?> of(BenchmarkCell cell, LayerSize size, ScanMode mode) {
    return capture(cell.create(size), size, mode);
  }

  private static <S> TrainStep<S> capture(RecurrentCell<S> cell, LayerSize size, ScanMode mode) {
    return new TrainStep<>(cell, size, mode);
  }

  /** The input [T, B, I]. */
  public Tensor x() {
    return x;
  }

  /** What the outputs [T, B, H] are weighted with: gradients are those of their product's sum. */
  public Tensor cotangent() {
    return cotangent;
  }

  /** The parameters by name, in the order in which the cell declares them. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The outputs [T, B, H]. */
  public Tensor forward() {
    return scan.run(x, initial).outputs();
  }

  /** What the compiled step does. */
  String explain() {
    return scan.explain(x, initial);
  }

  /** Of the input, then of the parameters in order. */
  public Map<Tensor, Tensor> gradients() {
    return Autograd.gradients(List.of(forward()), List.of(cotangent), wanted, GraphMode.FREE);
  }
}
