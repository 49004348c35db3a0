package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;

/** One execution of a plan: the forward pass, and whatever backward passes follow. */
final class ScanRun {
  private final CompiledStep step;
  private final List<ArrayView> captures;
  private final List<Tensor> inputs;
  private final List<Tensor> initial;
  private final Frame frame;
  private final List<Shape> outputShapes;

  ScanRun(
      CompiledStep step,
      List<Tensor> captured,
      List<Tensor> inputs,
      List<Tensor> initial,
      int steps,
      int batch,
      List<Shape> outputShapes) {
    this.step = step;
    this.captures = captured.stream().map(Tensor::elements).toList();
    this.inputs = inputs;
    this.initial = initial;
    this.outputShapes = outputShapes;
    ArrayView like = (inputs.isEmpty() ? initial : inputs).getFirst().elements();
    this.frame = new Frame(like, steps, batch, step.plan().buffers().size());
  }

  /** Runs forward; gives the outputs and then the final states. */
  List<ArrayView> forward() {
    Plan plan = step.plan();
    bind(frame, plan.buffers(), 0, List.of());
    Backend backend = Backends.current();
    run(backend, plan.before(), plan.buffers(), frame).allSteps(frame, captures);
    run(backend, plan.loop(), plan.buffers(), frame).loop(frame, captures, false);
    run(backend, plan.after(), plan.buffers(), frame).allSteps(frame, captures);
    List<ArrayView> results = new ArrayList<>();
    for (int j = 0; j < outputShapes.size(); j++) {
      results.add(shaped(frame.bySteps(plan.outputs().get(j)), withSteps(outputShapes.get(j))));
    }
    for (int k = 0; k < plan.states().size(); k++) {
      int buffer = plan.states().get(k);
      int width = plan.buffers().get(buffer).width();
      Location last = new Location(buffer, Location.At.NEXT, 0, width);
      ArrayView rows = frame.rows(last, frame.steps - 1, 0, frame.batch);
      results.add(shaped(rows, initial.get(k).shape().extents()));
    }
    return results;
  }

  private static StageRunner run(
      Backend backend, Stage stage, List<Buffers.Buffer> buffers, Frame frame) {
    return new StageRunner(backend, stage, buffers, frame.like());
  }

  private int[] withSteps(Shape rows) {
    int[] extents = new int[rows.rank() + 1];
    extents[0] = frame.steps;
    System.arraycopy(rows.extents(), 0, extents, 1, rows.rank());
    return extents;
  }

  /**
   * The elements under other extents; they may stand in a wider matrix, so a copy may be needed.
   */
  private static ArrayView shaped(ArrayView view, int[] extents) {
    Layout layout = view.layout().reshape(extents);
    return layout != null ? view.with(layout) : dense(view).with(Layout.rowMajor(extents));
  }

  private static ArrayView dense(ArrayView view) {
    ArrayView copy = view.allocate(view.layout().extents());
    Backends.current().copy(view, copy);
    return copy;
  }

  private void bind(
      Frame into, List<Buffers.Buffer> buffers, int from, List<@Nullable Tensor> cotangents) {
    for (int b = from; b < buffers.size(); b++) {
      int width = buffers.get(b).width();
      switch (buffers.get(b).kind()) {
        case Buffers.InputSteps(var index) ->
            into.bindSteps(b, contiguous(inputs.get(index)), width);
        case Buffers.CotangentSteps(var index) ->
            into.bindSteps(b, contiguous(Objects.requireNonNull(cotangents.get(index))), width);
        case Buffers.SharedRow(var capture) -> bindShared(into, b, captures.get(capture));
        case Buffers.StillRows(var capture) -> {
          ArrayView rows = captures.get(capture);
          ArrayView dense = rows.layout().isContiguous() ? rows : dense(rows);
          into.bind(b, dense, dense.layout().offset(), width, 0);
        }
        case Buffers.Literal(var number) -> {
          ArrayView one = into.like().allocate(1);
          one.set(0, number);
          into.bind(b, one, 0, 0, 0);
        }
        case Buffers.States(var index) -> {
          ArrayView all = into.allocate(b, into.steps + 1, width);
          ArrayView first = all.with(Layout.rowMajor(initial.get(index).shape().extents()));
          Backends.current().copy(initial.get(index).elements(), first);
        }
        case Buffers.Kept k -> into.allocate(b, into.steps, width);
        case Buffers.Steps s -> into.allocate(b, into.steps, width);
        case Buffers.Scratch s -> {
          ArrayView one = into.allocate(b, 1, width);
          into.bind(b, one, 0, width, 0);
        }
        case Buffers.Pair(var index) -> {
          ArrayView two = into.allocate(b, 2, width);
          Tensor last = cotangents.get(outputShapes.size() + index);
          if (last != null) {
            int[] extents = {into.batch, width};
            int start = ((into.steps - 1) & 1) * into.batch * width;
            Layout slot = Layout.strided(start, extents, new int[] {width, 1});
            Backends.current().copy(shaped(last.elements(), extents), two.with(slot));
          }
        }
      }
    }
  }

  private static ArrayView contiguous(Tensor tensor) {
    ArrayView view = tensor.elements();
    return view.layout().isContiguous() ? view : dense(view);
  }

  private static void bindShared(Frame into, int buffer, ArrayView view) {
    boolean ready = StepGraph.isUniform(view.layout()) || view.layout().isContiguous();
    ArrayView row = ready ? view : dense(view);
    into.bind(buffer, row, row.layout().offset(), 0, 0);
  }

  // ---- backward ----

  /**
   * Runs backward.
   *
   * @param cotangents of the outputs, then of the final states; null where nothing arrives
   * @return gradients of the inputs, the initial states, and the captured tensors
   */
  List<@Nullable Tensor> backward(List<@Nullable Tensor> cotangents) {
    List<Boolean> present = new ArrayList<>();
    for (int j = 0; j < outputShapes.size(); j++) {
      present.add(cotangents.get(j) != null);
    }
    CompiledStep.Derivative derivative = step.derivative(present);
    Plan.Back plan = derivative.plan();
    List<ArrayView> matrices = new ArrayList<>(captures);
    List<Tensor> all = step.graph().captureTensors();
    for (int c = captures.size(); c < all.size(); c++) {
      matrices.add(all.get(c).elements());
    }
    Frame back = frame.extended(plan.buffers().size());
    bindBackward(back, plan.buffers(), matrices, cotangents);
    Backend backend = Backends.current();
    run(backend, plan.before(), plan.buffers(), back).allSteps(back, matrices);
    run(backend, plan.loop(), plan.buffers(), back).loop(back, matrices, true);
    run(backend, plan.after(), plan.buffers(), back).allSteps(back, matrices);

    List<@Nullable Tensor> gradients = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Location at = plan.inputs().get(i);
      gradients.add(
          at == null
              ? null
              : Tensor.over(shaped(back.bySteps(at), inputs.get(i).shape().extents())));
    }
    for (int k = 0; k < initial.size(); k++) {
      int buffer = plan.carries().get(k);
      Location first = new Location(buffer, Location.At.ODD, 0, plan.buffers().get(buffer).width());
      ArrayView rows = back.rows(first, 0, 0, back.batch);
      gradients.add(Tensor.over(shaped(rows, initial.get(k).shape().extents())));
    }
    Map<Tensor, Tensor> totals = new HashMap<>();
    int next = 0;
    for (Tensor symbol : derivative.sums().keySet()) {
      totals.put(symbol, total(backend, back, plan.sums().get(next++), symbol.shape()));
    }
    for (Tensor symbol : derivative.captureGradients()) {
      gradients.add(symbol == null ? null : evaluate(symbol, totals));
    }
    return gradients;
  }

  private void bindBackward(
      Frame back,
      List<Buffers.Buffer> buffers,
      List<ArrayView> matrices,
      List<@Nullable Tensor> cotangents) {
    int own = step.plan().buffers().size();
    new ScanRun(this, matrices).bind(back, buffers, own, cotangents);
  }

  /** The same run with the derivative's constants among the captures. */
  private ScanRun(ScanRun run, List<ArrayView> captures) {
    this.step = run.step;
    this.captures = captures;
    this.inputs = run.inputs;
    this.initial = run.initial;
    this.frame = run.frame;
    this.outputShapes = run.outputShapes;
  }

  private static Tensor total(Backend backend, Frame frame, Plan.Sum sum, Shape shape) {
    if (sum.value().what instanceof Value.OuterSum) {
      ArrayView a = frame.allRows(sum.a());
      ArrayView b = frame.allRows(Objects.requireNonNull(sum.b()));
      ArrayView out = a.allocate(sum.a().width(), Objects.requireNonNull(sum.b()).width());
      backend.gemm(1, a.with(a.layout().transpose(0, 1)), b, 0, out);
      return Tensor.over(shaped(out, shape.extents()));
    }
    boolean overRows = sum.value().what instanceof Value.RowSum;
    ArrayView terms = overRows ? frame.allRows(sum.a()) : frame.bySteps(sum.a());
    int[] extents = terms.layout().extents();
    extents[0] = 1;
    ArrayView out = terms.allocate(extents);
    backend.reduce(ReduceKernel.SUM, terms, out);
    return Tensor.over(shaped(out, shape.extents()));
  }

  private Tensor evaluate(Tensor symbol, Map<Tensor, Tensor> totals) {
    Tensor known = totals.get(symbol);
    if (known != null) {
      return known;
    }
    Trace.Call call = Objects.requireNonNull(step.graph().finals().get(symbol));
    Tensor[] operands =
        call.inputs().stream().map(in -> evaluate(in, totals)).toArray(Tensor[]::new);
    Tensor total = call.evaluate(operands);
    totals.put(symbol, total);
    return total;
  }
}
