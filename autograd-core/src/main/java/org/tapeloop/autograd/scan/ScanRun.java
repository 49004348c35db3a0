package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.Layout;

/**
 * One execution of a plan: the forward pass, and whatever backward passes follow.
 *
 * <p>Time is cut into windows, one of all steps unless there are checkpoints. What a window keeps
 * for the backward pass is gone when the next begins: the backward pass computes it again from the
 * states at the window's start.
 */
final class ScanRun {
  private final PreparedScan prepared;
  private final Plan plan;
  private final Backend backend;
  private final List<ArrayView> captures;
  private final FrameBinding binding;
  private final Tables tables;
  private final List<Tensor> inputs;
  private final List<Tensor> initial;
  private final int steps;
  private final int batch;
  private final int window;
  private final List<Shape> outputShapes;
  private final ArrayView like;

  /** The arrays of buffers that outlive the run, by buffer. */
  private final Map<Integer, ArrayView> results = new HashMap<>();

  /** For each state what it was at the start of each window but the first. */
  private final List<ArrayView> checkpoints = new ArrayList<>();

  private @Nullable Frame frame;

  /** The window whose forward values stand in the frame. */
  private int loaded;

  /**
   * @param window steps between checkpoints; rounded up to whole sums
   */
  ScanRun(PreparedScan prepared, Planned<?, ?> planned, int steps, int window) {
    this.prepared = prepared;
    this.plan = prepared.step().plan();
    this.backend = prepared.backend();
    this.captures = planned.captures();
    this.binding = new FrameBinding(backend, captures);
    this.tables = new Tables(backend, captures, planned.indices());
    this.inputs = planned.inputs();
    this.initial = planned.states();
    this.steps = steps;
    this.batch = planned.batch();
    int sums = summedSteps();
    this.window = Math.min(steps, (Math.min(window, steps) + sums - 1) / sums * sums);
    this.outputShapes = planned.form().outputShapes();
    this.like = planned.like();
  }

  private int summedSteps() {
    return DeferredSums.steps(prepared.step().passes().contains(Pass.DEFER), batch);
  }

  private int windows() {
    return (steps + window - 1) / window;
  }

  private int windowStart(int w) {
    return w * window;
  }

  private int windowSteps(int w) {
    return Math.min(window, steps - windowStart(w));
  }

  // ---- forward ----

  /** Runs forward; gives the outputs and then the final states. */
  List<ArrayView> forward() {
    tables.check(plan.buffers());
    Frame memory = prepared.take();
    frame = memory;
    prepared.step().joinMatrices(backend, captures, memory);
    for (Location output : plan.outputs()) {
      if (Plan.isWholeStack(output, plan.buffers())) {
        results.computeIfAbsent(output.buffer(), b -> stack(plan.buffers().get(b)));
      }
    }
    List<@Nullable ArrayView> copies = new ArrayList<>();
    for (int j = 0; j < outputShapes.size(); j++) {
      Location at = plan.outputs().get(j);
      copies.add(Plan.isWholeStack(at, plan.buffers()) ? null : newSteps(at.width()));
    }
    prepared.forward().loop().packForLoop(memory, captures, batch);
    for (int w = 0; w < windows(); w++) {
      runForward(memory, w);
      for (int j = 0; j < copies.size(); j++) {
        ArrayView copy = copies.get(j);
        if (copy != null) {
          backend.copy(memory.bySteps(plan.outputs().get(j)), ofWindow(copy, w));
        }
      }
      if (w + 1 < windows()) {
        setCheckpoint(memory, w + 1);
      }
    }
    List<ArrayView> given = new ArrayList<>();
    for (int j = 0; j < outputShapes.size(); j++) {
      ArrayView copy = copies.get(j);
      ArrayView output = copy != null ? copy : result(plan.outputs().get(j));
      given.add(output.with(inShape(output.layout(), withSteps(outputShapes.get(j)))));
    }
    for (int k = 0; k < plan.states().size(); k++) {
      ArrayView last = like.allocate(initial.get(k).shape().extents());
      copyState(memory, k, memory.steps(), last);
      given.add(last);
    }
    return given;
  }

  private ArrayView stack(Buffers.Buffer buffer) {
    int matrices = buffer.kind() instanceof Buffers.States ? steps + 1 : steps;
    return like.allocate(matrices, batch, buffer.width());
  }

  private ArrayView newSteps(int width) {
    return like.allocate(steps, batch, width);
  }

  private ArrayView ofWindow(ArrayView all, int w) {
    return all.with(all.layout().slice(0, windowStart(w), 1, windowSteps(w)));
  }

  /** The steps of a whole buffer that outlives the run. */
  private ArrayView result(Location at) {
    ArrayView all = Objects.requireNonNull(results.get(at.buffer()));
    return all.with(all.layout().slice(0, at.at().step(0), 1, steps));
  }

  private static Layout inShape(Layout layout, int[] extents) {
    return Objects.requireNonNull(layout.reshape(extents), "a dense array has any shape");
  }

  private int[] withSteps(Shape rows) {
    int[] extents = new int[rows.rank() + 1];
    extents[0] = steps;
    System.arraycopy(rows.extents(), 0, extents, 1, rows.rank());
    return extents;
  }

  private void runForward(Frame memory, int w) {
    memory.open(windowSteps(w), batch);
    bind(memory, plan.buffers(), 0, w, List.of());
    for (int k = 0; k < initial.size(); k++) {
      startState(memory, k, w);
    }
    PreparedScan.Pass pass = prepared.forward();
    pass.before().allSteps(memory, captures);
    pass.loop().loop(memory, captures, false);
    pass.after().allSteps(memory, captures);
    loaded = w;
  }

  private Location state(int k) {
    int buffer = plan.states().get(k);
    return new Location(buffer, Location.At.NOW, 0, plan.buffers().get(buffer).width());
  }

  private void startState(Frame memory, int k, int w) {
    ArrayView first = memory.rows(state(k), 0, 0, batch);
    ArrayView from;
    if (w == 0) {
      from = initial.get(k).elements();
      first = first.with(inShape(first.layout(), initial.get(k).shape().extents()));
    } else {
      from = checkpoint(k, w);
    }
    backend.copy(from, first);
  }

  private void setCheckpoint(Frame memory, int w) {
    for (int k = 0; k < initial.size(); k++) {
      if (w == 1) {
        checkpoints.add(like.allocate(windows() - 1, batch, state(k).width()));
      }
      copyState(memory, k, memory.steps(), checkpoint(k, w));
    }
  }

  private ArrayView checkpoint(int k, int w) {
    ArrayView all = checkpoints.get(k);
    return all.with(all.layout().select(0, w - 1));
  }

  private void copyState(Frame memory, int k, int step, ArrayView to) {
    ArrayView from = memory.rows(state(k), step, 0, batch);
    backend.copy(from.with(inShape(from.layout(), to.layout().extents())), to);
  }

  // ---- binding ----

  private void bind(
      Frame into,
      List<Buffers.Buffer> buffers,
      int from,
      int w,
      List<@Nullable Tensor> cotangents) {
    int start = windowStart(w);
    for (int b = from; b < buffers.size(); b++) {
      int width = buffers.get(b).width();
      ArrayView result = results.get(b);
      if (result != null) {
        into.bindSteps(b, result, width, start);
        continue;
      }
      switch (buffers.get(b).kind()) {
        case Buffers.InputSteps(var index) -> bindSteps(into, b, inputs.get(index), width, start);
        case Buffers.TableRows rows -> {
          into.bindOwn(b, into.steps(), width);
          tables.gather(into, b, rows, width, start);
        }
        case Buffers.CotangentSteps(var index) -> {
          Tensor cotangent = cotangents.get(index);
          if (cotangent == null) {
            into.bindZeros(b, width);
          } else {
            bindSteps(into, b, cotangent, width, start);
          }
        }
        default -> binding.bind(into, b, buffers.get(b));
      }
    }
  }

  /** Binds to a tensor with time as first axis, or to a copy if it is not dense. */
  private void bindSteps(Frame into, int buffer, Tensor tensor, int width, int start) {
    ArrayView view = tensor.elements();
    if (view.layout().isContiguous()) {
      into.bindSteps(buffer, view, width, start);
      return;
    }
    into.bindOwn(buffer, into.steps(), width);
    ArrayView steps = view.with(view.layout().slice(0, start, 1, into.steps()));
    Location all = new Location(buffer, Location.At.NOW, 0, width);
    ArrayView copy = into.bySteps(all);
    backend.copy(steps, copy.with(inShape(copy.layout(), steps.layout().extents())));
  }

  // ---- backward ----

  /**
   * Runs backward.
   *
   * @param cotangents of the outputs, then of the final states; null where nothing arrives
   * @return what {@link #gradients} are made of
   */
  synchronized Pulled backward(List<@Nullable Tensor> cotangents) {
    Frame memory = Objects.requireNonNull(frame, "the run's memory was given back");
    Plan.Back back = requireDerivative().plan();
    for (int b = plan.buffers().size(); b < back.buffers().size(); b++) {
      results.remove(b);
    }
    List<@Nullable ArrayView> inputGradients = new ArrayList<>();
    for (Location at : back.inputs()) {
      if (at == null) {
        inputGradients.add(null);
      } else if (at.buffer() >= plan.buffers().size()
          && Plan.isWholeStack(at, back.buffers())
          && !results.containsKey(at.buffer())) {
        ArrayView gradient = newSteps(at.width());
        results.put(at.buffer(), gradient);
        inputGradients.add(gradient);
      } else {
        inputGradients.add(newSteps(at.width()));
      }
    }
    DeferredSums sums = new DeferredSums(backend, like, back.sums(), tables, summedSteps(), batch);
    prepared.backward().loop().packForLoop(memory, captures, batch);
    for (int w = windows() - 1; w >= 0; w--) {
      if (loaded != w) {
        runForward(memory, w);
      }
      runBackward(memory, back, w, cotangents);
      for (int i = 0; i < inputGradients.size(); i++) {
        ArrayView gradient = inputGradients.get(i);
        Location at = back.inputs().get(i);
        if (gradient != null && at != null && results.get(at.buffer()) != gradient) {
          backend.copy(memory.bySteps(at), ofWindow(gradient, w));
        }
      }
      sums.add(memory, windowStart(w));
    }
    List<@Nullable ArrayView> states = new ArrayList<>();
    for (int k = 0; k < initial.size(); k++) {
      ArrayView first = null;
      if (initial.get(k).requiresGrad()) {
        first = like.allocate(batch, state(k).width());
        backend.copy(carry(memory, back, k, Location.At.ODD, 0), first);
      }
      states.add(first);
    }
    return new Pulled(inputGradients, states, sums.totals());
  }

  /**
   * What a backward pass computed by kernels alone, on whatever thread.
   *
   * @param inputs gradients of the inputs, null where there is none
   * @param states gradients of the initial states, null where none is needed
   * @param totals the sums over rows and steps
   */
  record Pulled(
      List<@Nullable ArrayView> inputs, List<@Nullable ArrayView> states, List<ArrayView> totals) {}

  /** Gradients of the inputs, the initial states, and the captured tensors. */
  List<@Nullable Tensor> gradients(Pulled pulled) {
    List<@Nullable Tensor> gradients = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      ArrayView gradient = pulled.inputs.get(i);
      gradients.add(gradient == null ? null : tensor(gradient, inputs.get(i).shape()));
    }
    for (int k = 0; k < initial.size(); k++) {
      ArrayView gradient = pulled.states.get(k);
      gradients.add(gradient == null ? null : tensor(gradient, initial.get(k).shape()));
    }
    CompiledStep.Derivative derivative = requireDerivative();
    Map<Tensor, Tensor> evaluated = new HashMap<>();
    derivative
        .sums()
        .forEach(
            (symbol, total) -> {
              ArrayView part = total.of(pulled.totals.get(total.index()));
              evaluated.put(symbol, tensor(part, symbol.shape()));
            });
    for (Tensor symbol : derivative.captureGradients()) {
      gradients.add(symbol == null ? null : evaluate(symbol, evaluated));
    }
    return gradients;
  }

  private CompiledStep.Derivative requireDerivative() {
    return Objects.requireNonNull(prepared.step().derivative(), "compiled for inference");
  }

  private static Tensor tensor(ArrayView view, Shape shape) {
    boolean fits = Arrays.equals(view.layout().extents(), shape.extents());
    return Tensor.over(fits ? view : view.with(inShape(view.layout(), shape.extents())));
  }

  private void runBackward(Frame memory, Plan.Back back, int w, List<@Nullable Tensor> cotangents) {
    bind(memory, back.buffers(), plan.buffers().size(), w, cotangents);
    int last = memory.steps() - 1;
    for (int k = 0; k < initial.size(); k++) {
      ArrayView to = carry(memory, back, k, Location.At.EVEN, last);
      if (w < windows() - 1) {
        ArrayView later = carry(memory, back, k, Location.At.ODD, 0);
        if (later.layout().offset() != to.layout().offset()) {
          backend.copy(later, to);
        }
        continue;
      }
      Tensor arriving = cotangents.get(outputShapes.size() + k);
      if (arriving == null) {
        backend.fill(to, 0);
      } else {
        backend.copy(
            arriving.elements(), to.with(inShape(to.layout(), arriving.shape().extents())));
      }
    }
    PreparedScan.Pass pass = prepared.backward();
    pass.before().allSteps(memory, captures);
    pass.loop().loop(memory, captures, true);
    pass.after().allSteps(memory, captures);
  }

  private ArrayView carry(Frame memory, Plan.Back back, int k, Location.At at, int t) {
    int buffer = back.carries().get(k);
    Location place = new Location(buffer, at, 0, back.buffers().get(buffer).width());
    return memory.rows(place, t, 0, batch);
  }

  private Tensor evaluate(Tensor symbol, Map<Tensor, Tensor> totals) {
    Tensor known = totals.get(symbol);
    if (known != null) {
      return known;
    }
    Trace.Call call = Objects.requireNonNull(prepared.step().finals().get(symbol));
    Tensor[] operands = new Tensor[call.inputs().size()];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = evaluate(call.inputs().get(i), totals);
    }
    Tensor total = call.evaluate(operands);
    totals.put(symbol, total);
    return total;
  }

  /** Gives the run's memory back: no backward pass will follow. */
  synchronized void release() {
    Frame memory = frame;
    if (memory != null) {
      frame = null;
      prepared.give(memory);
    }
  }
}
