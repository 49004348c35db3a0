package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.Layout;

/**
 * One execution of a plan: the forward pass, and whatever backward passes follow.
 *
 * <p>Time is cut into windows, one of all steps unless there are checkpoints. What a window keeps
 * for the backward pass is gone when the next begins: the backward pass computes it again from the
 * states at the window's start. Where none follows, windows are as short as the cache is small.
 */
final class ScanRun {
  private static final int NONE = -1;

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
  private final boolean inference;
  private final OutputShapes outputs;

  /** For each state what it was at the start of each window but the first. */
  private final List<ArrayView> checkpoints;

  private @Nullable Frame frame;

  /** The window whose forward values stand in the frame, or {@link #NONE}. */
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
    this.inference = prepared.step().derivative() == null;
    int sums = summedSteps();
    this.window =
        inference
            ? Math.min(Math.min(window, steps), prepared.stepsNear(batch))
            : Math.min(steps, (Math.min(window, steps) + sums - 1) / sums * sums);
    this.outputs = planned.form().outputs();
    this.checkpoints = !inference && this.window < steps ? new ArrayList<>() : List.of();
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
    memory.open(windowSteps(0), batch);
    prepared.step().joinMatrices(backend, captures, memory);
    List<ArrayView> given = new ArrayList<>(outputs.count() + initial.size());
    for (int j = 0; j < outputs.count(); j++) {
      given.add(stack(memory, plan.outputs().get(j)));
    }
    prepared.forward().pack(memory, captures, batch, packsAll());
    for (int w = 0; w < windows(); w++) {
      runForward(memory, w);
      for (int j = 0; j < outputs.count(); j++) {
        Location output = plan.outputs().get(j);
        if (!isLasting(output)) {
          backend.copy(memory.bySteps(output), ofWindow(memory, given.get(j), w));
        }
      }
      if (w + 1 < windows()) {
        if (inference) {
          carry(memory);
        } else {
          setCheckpoint(memory, w + 1);
        }
      }
    }
    for (int k = 0; k < initial.size(); k++) {
      ArrayView last = memory.newMatrix(batch, prepared.state(k).width());
      backend.copy(state(memory, k, memory.steps()), last);
      given.add(last);
    }
    return given;
  }

  /** Whether an output stands in a buffer that outlives the run, and need not be copied. */
  private boolean isLasting(Location output) {
    return Plan.isWholeStack(output, plan.buffers());
  }

  /** A new array for an output: that of its buffer, or one that it is to be copied to. */
  private ArrayView stack(Frame memory, Location output) {
    if (!isLasting(output)) {
      return memory.newSteps(steps, output.width());
    }
    int buffer = output.buffer();
    ArrayView all = memory.lasting(buffer);
    if (all == null) {
      boolean states = plan.buffers().get(buffer).kind() instanceof Buffers.States;
      all = memory.newSteps(states ? steps + 1 : steps, output.width());
      memory.lasting(buffer, all);
    }
    return steps(memory, all, output.at().step(0), steps);
  }

  /** Some steps of a dense array [time, batch, width]. */
  private ArrayView steps(Frame memory, ArrayView all, int from, int count) {
    Layout layout = all.layout();
    if (from == 0 && count == layout.extent(0)) {
      return all;
    }
    int width = layout.extent(2);
    int matrix = batch * width;
    int start = layout.offset() + from * matrix;
    return all.with(memory.layouts().steps(start, count, batch, width, matrix, width));
  }

  private ArrayView ofWindow(Frame memory, ArrayView all, int w) {
    return steps(memory, all, windowStart(w), windowSteps(w));
  }

  /** A dense array with other extents. */
  private static ArrayView inShape(ArrayView dense, Layout like) {
    Layout layout = dense.layout();
    if (layout.sameExtents(like)) {
      return dense;
    }
    Layout reshaped = layout.reshape(like.extents());
    return dense.with(Objects.requireNonNull(reshaped, "a dense array has any shape"));
  }

  private void runForward(Frame memory, int w) {
    memory.open(windowSteps(w), batch);
    bind(memory, plan.buffers(), 0, w, List.of());
    if (w == 0 || !inference) {
      for (int k = 0; k < initial.size(); k++) {
        ArrayView from = w == 0 ? initial.get(k).elements() : checkpoint(k, w);
        backend.copy(from, inShape(state(memory, k, 0), from.layout()));
      }
    }
    prepared.forward().run(memory, captures, false, packsAll());
    loaded = w;
  }

  /** State k before a step of the window. */
  private ArrayView state(Frame memory, int k, int step) {
    return memory.rows(prepared.state(k), step, 0, batch);
  }

  /** Whether the matrices of products outside the loop serve many windows. */
  private boolean packsAll() {
    return inference && window < steps && prepared.forward().packs();
  }

  /** Puts the states behind the last step where the next window begins, unless they stand there. */
  private void carry(Frame memory) {
    for (int k = 0; k < initial.size(); k++) {
      if (memory.lasting(prepared.state(k).buffer()) == null) {
        backend.copy(state(memory, k, memory.steps()), state(memory, k, 0));
      }
    }
  }

  private void setCheckpoint(Frame memory, int w) {
    for (int k = 0; k < initial.size(); k++) {
      if (w == 1) {
        checkpoints.add(memory.newSteps(windows() - 1, prepared.state(k).width()));
      }
      backend.copy(state(memory, k, memory.steps()), checkpoint(k, w));
    }
  }

  private ArrayView checkpoint(int k, int w) {
    ArrayView all = checkpoints.get(k);
    return all.with(all.layout().select(0, w - 1));
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
      ArrayView lasting = into.lasting(b);
      if (lasting != null) {
        into.bindSteps(b, lasting, width, start);
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
    backend.copy(steps, inShape(into.bySteps(all), steps.layout()));
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
    @Nullable ArrayView[] inputGradients = inputGradients(memory, back);
    DeferredSums sums =
        new DeferredSums(backend, back.sums(), prepared.sums(), tables, summedSteps());
    prepared.backward().pack(memory, captures, batch, false);
    for (int w = windows() - 1; w >= 0; w--) {
      if (loaded != w) {
        runForward(memory, w);
      }
      runBackward(memory, back, w, cotangents);
      for (int i = 0; i < inputGradients.length; i++) {
        ArrayView gradient = inputGradients[i];
        Location at = back.inputs().get(i);
        if (gradient != null && at != null && memory.lasting(at.buffer()) != gradient) {
          backend.copy(memory.bySteps(at), ofWindow(memory, gradient, w));
        }
      }
      sums.add(memory, windowStart(w));
    }
    List<@Nullable Tensor> gradients =
        new ArrayList<>(inputs.size() + initial.size() + captures.size());
    for (int i = 0; i < inputs.size(); i++) {
      ArrayView gradient = inputGradients[i];
      gradients.add(gradient == null ? null : Tensor.over(gradient, inputs.get(i).shape()));
    }
    for (int k = 0; k < initial.size(); k++) {
      gradients.add(initial.get(k).requiresGrad() ? stateGradient(memory, k) : null);
    }
    return new Pulled(gradients, sums, memory.layouts());
  }

  /**
   * What a backward pass computed by kernels alone, on whatever thread.
   *
   * @param gradients of the inputs and the initial states, null where there is none
   * @param sums over rows and steps
   * @param layouts for views of these
   */
  record Pulled(List<@Nullable Tensor> gradients, DeferredSums sums, KnownLayouts layouts) {}

  /** Gradients of the inputs, the initial states, and the captured tensors; once a backward. */
  List<@Nullable Tensor> gradients(Pulled pulled) {
    List<@Nullable Tensor> all = pulled.gradients;
    requireDerivative().captureGradients().addTo(all, pulled.sums, pulled.layouts);
    return all;
  }

  private CompiledStep.Derivative requireDerivative() {
    return Objects.requireNonNull(prepared.step().derivative(), "compiled for inference");
  }

  /** New arrays for the gradients of inputs, in which buffers stand that are nothing else. */
  private @Nullable ArrayView[] inputGradients(Frame memory, Plan.Back back) {
    int own = plan.buffers().size();
    for (int b = own; b < back.buffers().size(); b++) {
      memory.lasting(b, null);
    }
    @Nullable ArrayView[] gradients = new @Nullable ArrayView[back.inputs().size()];
    for (int i = 0; i < gradients.length; i++) {
      Location at = back.inputs().get(i);
      ArrayView gradient = at == null ? null : memory.newSteps(steps, at.width());
      gradients[i] = gradient;
      if (at != null
          && at.buffer() >= own
          && Plan.isWholeStack(at, back.buffers())
          && memory.lasting(at.buffer()) == null) {
        memory.lasting(at.buffer(), gradient);
      }
    }
    return gradients;
  }

  private Tensor stateGradient(Frame memory, int k) {
    Location place = prepared.leaving(k);
    ArrayView first = memory.newMatrix(batch, place.width());
    backend.copy(memory.rows(place, 0, 0, batch), first);
    return Tensor.over(first, initial.get(k).shape());
  }

  private void runBackward(Frame memory, Plan.Back back, int w, List<@Nullable Tensor> cotangents) {
    bind(memory, back.buffers(), plan.buffers().size(), w, cotangents);
    if (w == windows() - 1) {
      for (int i = 0; i < back.totals().size(); i++) {
        backend.fill(memory.rows(back.totals().get(i), 0, 0, batch), 0);
      }
    }
    int last = memory.steps() - 1;
    for (int k = 0; k < initial.size(); k++) {
      ArrayView to = memory.rows(prepared.arriving(k), last, 0, batch);
      if (w < windows() - 1) {
        ArrayView later = memory.rows(prepared.leaving(k), 0, 0, batch);
        if (later.layout().offset() != to.layout().offset()) {
          backend.copy(later, to);
        }
        continue;
      }
      Tensor arriving = cotangents.get(outputs.count() + k);
      if (arriving == null) {
        backend.fill(to, 0);
      } else {
        ArrayView from = arriving.elements();
        backend.copy(from, inShape(to, from.layout()));
      }
    }
    loaded = back.replaces() ? NONE : w;
    prepared.backward().run(memory, captures, true, false);
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
