package org.tapeloop.autograd.scan;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.TensorTree.Leaves;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * A step run again and again on what arrives, with the state carried from one to the next: nothing
 * is recorded, and there is no time axis.
 *
 * <p>A compiled stream holds what the step captured, its weights packed, as it was when the stream
 * was made; {@link #refresh} takes it anew. Its steps allocate nothing of their own. A step that
 * cannot be compiled is called each time, and sees changes at once.
 *
 * <p>Kernels run on the backend that was current when the stream was made. One thread at a time.
 *
 * @param <X> the inputs of a step
 * @param <S> the state
 * @param <Y> the outputs of a step
 */
public final class StepStream<X, S, Y> {

  /** What a stream needs of the scan it comes from. */
  interface Source<X, S, Y> {
    Compiled<Y> plan(X inputs, S initial);

    Scan.Next<S, Y> step(X inputs, S state);
  }

  /**
   * A plan for inference.
   *
   * @param output a structure of symbols
   * @param outputs its tensors
   * @param captures what the step captured, and what the plan itself made
   */
  record Compiled<Y>(CompiledStep step, Y output, List<Tensor> outputs, List<ArrayView> captures) {}

  private final Source<X, S, Y> source;
  private final X like;
  private final List<Tensor> inputs;
  private final List<IntTensor> indices;
  private final Backend backend;
  private final DType dtype;

  /** What the last plan was made for; null where steps are called. */
  private @Nullable Compiled<Y> planned;

  private @Nullable StepExecution execution;
  private final @Nullable String refusal;

  /** The state where steps are called; else only its structure. */
  private S state;

  /**
   * @param refusal why steps are called and not executed by a plan, or null
   */
  StepStream(
      Source<X, S, Y> source,
      X like,
      S initial,
      @Nullable Compiled<Y> planned,
      @Nullable String refusal) {
    this.source = source;
    this.like = like;
    this.inputs = TensorTree.leaves(like).tensors();
    this.indices = TensorTree.leaves(like).indices();
    List<Tensor> states = TensorTree.flatten(initial);
    this.dtype = (inputs.isEmpty() ? states : inputs).getFirst().dtype();
    this.backend = Backends.current();
    this.planned = planned;
    this.refusal = planned == null ? refusal : null;
    this.state = TensorTree.detach(initial);
    if (planned != null) {
      execution = execution(planned);
      setState(initial);
    }
  }

  private StepExecution execution(Compiled<Y> plan) {
    Tensor any = (inputs.isEmpty() ? TensorTree.flatten(state) : inputs).getFirst();
    return new StepExecution(plan.step(), backend, any.elements(), any.extent(0), plan.captures());
  }

  /** Whether a plan executes the steps. */
  public boolean isCompiled() {
    return execution != null;
  }

  /** Why no plan executes the steps, where none does. */
  public Optional<String> refusal() {
    return Optional.ofNullable(refusal);
  }

  // ---- steps ----

  /**
   * One step on arrays, for a step with one input and one output tensor in F32.
   *
   * @param x the input's elements in row-major order
   * @param out takes the output's
   * @throws IllegalArgumentException if one of them has another length
   * @throws IllegalStateException if the step has other inputs or outputs, or another element type
   */
  public void step(float[] x, float[] out) {
    requireOnly(DType.F32, 1, 0);
    requireLength("x", x.length, inputs.getFirst().size());
    StepExecution compiled = execution;
    if (compiled == null) {
      copy(call(Tensor.of(inputs.getFirst().shape(), x)).toFloatArray(), out, out.length);
      return;
    }
    compiled.input(0).copyFrom(x);
    run(compiled, out, out.length);
  }

  /** As {@link #step(float[], float[])}, in F64. */
  public void step(double[] x, double[] out) {
    requireOnly(DType.F64, 1, 0);
    requireLength("x", x.length, inputs.getFirst().size());
    StepExecution compiled = execution;
    if (compiled == null) {
      copy(call(Tensor.ofDoubles(inputs.getFirst().shape(), x)).toDoubleArray(), out, out.length);
      return;
    }
    compiled.input(0).copyFrom(x);
    run(compiled, out, out.length);
  }

  /**
   * As {@link #step(float[], float[])}, for a step whose one input is indices, characters say.
   *
   * @param ids in row-major order
   * @throws IndexOutOfBoundsException if an index is not that of a row which the step reads
   */
  public void step(int[] ids, float[] out) {
    requireOnly(DType.F32, 0, 1);
    requireLength("ids", ids.length, indices.getFirst().size());
    StepExecution compiled = execution;
    if (compiled == null) {
      IntTensor given = IntTensor.of(indices.getFirst().shape(), ids);
      copy(call(new Leaves(List.of(), List.of(given))).toFloatArray(), out, out.length);
      return;
    }
    compiled.indices(0, ids);
    run(compiled, out, out.length);
  }

  private static void run(StepExecution compiled, Object out, int length) {
    StepExecution.Rows output = compiled.output(0);
    requireLength("out", length, output.count() * output.width());
    compiled.run();
    compiled.output(0).copyTo(out);
  }

  private static void copy(Object result, Object out, int length) {
    requireLength("out", length, Array.getLength(result));
    System.arraycopy(result, 0, out, 0, length);
  }

  private Tensor call(Tensor x) {
    return call(new Leaves(List.of(x), List.of()));
  }

  private Tensor call(Leaves leaves) {
    return TensorTree.flatten(step(TensorTree.rebuild(like, leaves))).getFirst();
  }

  private void requireOnly(DType wanted, int tensors, int ids) {
    int outputs = planned == null ? 1 : planned.outputs().size();
    if (inputs.size() != tensors || indices.size() != ids || outputs != 1 || dtype != wanted) {
      String form = dtype == DType.F32 ? "float[]" : "double[]";
      String remedy = dtype == wanted ? "" : "; use the form with " + form;
      throw new IllegalStateException(
          "step: %d tensors and %d indices as inputs, %d outputs, of %s; these arrays are for one"
                  .formatted(inputs.size(), indices.size(), outputs, dtype)
              + " input and one output of "
              + wanted
              + remedy);
    }
  }

  private static void requireLength(String what, int length, int expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          "step: %s has %d elements, expected %d".formatted(what, length, expected));
    }
  }

  /**
   * One step.
   *
   * @param x of the shapes that the stream was made for
   * @return the outputs, which are new tensors
   */
  public Y step(X x) {
    Leaves leaves = TensorTree.leaves(x);
    List<Tensor> given = leaves.tensors();
    requireLike("step", inputs, given);
    List<Shape> shapes = leaves.indices().stream().map(IntTensor::shape).toList();
    List<Shape> expected = indices.stream().map(IntTensor::shape).toList();
    if (!shapes.equals(expected)) {
      throw new IllegalArgumentException(
          "step: expected indices of shapes %s, not %s".formatted(expected, shapes));
    }
    StepExecution compiled = execution;
    if (compiled == null) {
      return Backends.use(
          backend,
          () ->
              Autograd.noGrad(
                  () -> {
                    Scan.Next<S, Y> next = source.step(x, state);
                    state = next.state();
                    return next.output();
                  }));
    }
    for (int i = 0; i < given.size(); i++) {
      compiled.input(i).copyFrom(dense(given.get(i)));
    }
    for (int i = 0; i < indices.size(); i++) {
      compiled.indices(i, leaves.indices().get(i).elements());
    }
    compiled.run();
    Compiled<Y> plan = Objects.requireNonNull(planned);
    List<Tensor> outputs = new ArrayList<>();
    for (int j = 0; j < plan.outputs().size(); j++) {
      outputs.add(tensor(compiled.output(j), plan.outputs().get(j).shape()));
    }
    return TensorTree.rebuild(plan.output(), outputs);
  }

  // ---- state ----

  /** The state after the last step: new tensors. */
  public S state() {
    StepExecution compiled = execution;
    if (compiled == null) {
      return state;
    }
    List<Tensor> states = new ArrayList<>();
    List<Tensor> shapes = TensorTree.flatten(state);
    for (int k = 0; k < shapes.size(); k++) {
      states.add(tensor(compiled.state(k), shapes.get(k).shape()));
    }
    return TensorTree.rebuild(state, states);
  }

  /**
   * Goes on from another state.
   *
   * @throws IllegalArgumentException if shapes or element type are not those of the state
   */
  public void setState(S replacement) {
    List<Tensor> given = TensorTree.flatten(replacement);
    requireLike("setState", TensorTree.flatten(state), given);
    StepExecution compiled = execution;
    if (compiled == null) {
      state = TensorTree.detach(replacement);
      return;
    }
    for (int k = 0; k < given.size(); k++) {
      compiled.state(k).copyFrom(dense(given.get(k)));
    }
  }

  private static void requireLike(String what, List<Tensor> expected, List<Tensor> given) {
    boolean fits = expected.size() == given.size();
    for (int i = 0; fits && i < given.size(); i++) {
      fits =
          expected.get(i).shape().equals(given.get(i).shape())
              && expected.get(i).dtype() == given.get(i).dtype();
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "%s: expected %s, not %s".formatted(what, describe(expected), describe(given)));
    }
  }

  private static List<String> describe(List<Tensor> tensors) {
    return tensors.stream().map(t -> t.dtype() + " " + t.shape()).toList();
  }

  /**
   * Takes what the step captures anew, weights after training say. The state stays.
   *
   * @throws NotCompilableException if the step was compiled and can no longer be
   */
  public void refresh() {
    StepExecution compiled = execution;
    if (compiled == null) {
      return;
    }
    S kept = state();
    Compiled<Y> now = Backends.use(backend, () -> source.plan(like, kept));
    planned = now;
    if (now.step() == compiled.step()) {
      compiled.load(now.captures());
      return;
    }
    execution = execution(now);
    setState(kept);
  }

  // ---- arrays ----

  private Tensor tensor(StepExecution.Rows rows, Shape shape) {
    int size = rows.count() * rows.width();
    Layout layout = Layout.rowMajor(shape.extents());
    return switch (dtype) {
      case F32 -> {
        float[] copy = new float[size];
        rows.copyTo(copy);
        yield Tensor.over(new FloatView(copy, layout));
      }
      case F64 -> {
        double[] copy = new double[size];
        rows.copyTo(copy);
        yield Tensor.over(new DoubleView(copy, layout));
      }
    };
  }

  private Object dense(Tensor tensor) {
    return switch (dtype) {
      case F32 -> tensor.toFloatArray();
      case F64 -> tensor.toDoubleArray();
    };
  }
}
