package org.tapeloop.autograd;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Records operations on symbolic tensors, which have a shape and a type but no elements, instead of
 * computing them. Indices may be symbolic too.
 *
 * <p>Any operation with a symbolic operand is recorded by that operand's trace and gives symbolic
 * results. Other operands it meets are captured: each stands in the record as a symbol of its own.
 * Differentiation works as on other tensors, and the operations of the derivatives are recorded
 * like any others: a trace of a function, differentiated, holds the function's backward pass too.
 *
 * <p>What needs elements, {@link Tensor#item} say, throws {@link SymbolicTensorException}. A trace
 * is not for use by several threads at once.
 */
public final class Trace {

  /**
   * One recorded operation.
   *
   * @param op which
   * @param form what it is made of, its attributes included
   * @param attributes its attributes, for evaluating it later
   * @param inputs its operands, all symbolic
   * @param outputs its results, all symbolic
   */
  public record Call(
      Op<?> op, Form form, Object attributes, List<Tensor> inputs, List<Tensor> outputs) {

    /**
     * The same operation on other operands.
     *
     * @throws IllegalStateException if the op has several outputs
     */
    @SuppressWarnings("unchecked") // as below
    public Tensor evaluate(Tensor... operands) {
      if (op instanceof TensorOp<?> tensorOp) {
        return ((TensorOp<Object>) tensorOp).apply(attributes, operands);
      }
      List<Tensor> results = evaluateAll(List.of(operands));
      if (outputs.size() != 1) {
        throw new IllegalStateException(op + ": has several outputs");
      }
      return results.getFirst();
    }

    /**
     * The same operation on other operands: one result an output.
     *
     * @throws IllegalStateException if the op stands for a whole computation
     */
    public List<Tensor> evaluateAll(List<Tensor> operands) {
      return evaluateAll(operands, indices -> indices);
    }

    /**
     * The same operation on other operands and at other indices: one result an output.
     *
     * @param indices gives those that stand for the recorded ones, of the same shape; they must be
     *     in range
     * @throws IllegalStateException if the op stands for a whole computation
     */
    @SuppressWarnings("unchecked") // the attributes were recorded with the op they belong to
    public List<Tensor> evaluateAll(List<Tensor> operands, UnaryOperator<IntTensor> indices) {
      Object given =
          attributes instanceof Indexed at ? at.with(indices.apply(at.indices())) : attributes;
      return switch (op) {
        case TensorOp<?> tensorOp ->
            List.of(((TensorOp<Object>) tensorOp).apply(given, operands.toArray(Tensor[]::new)));
        case SplitOp<?> splitOp -> ((SplitOp<Object>) splitOp).apply(given, operands.getFirst());
        case ComputedOp computed ->
            throw new IllegalStateException(computed + ": cannot be computed on other operands");
      };
    }
  }

  private final List<Call> calls = new ArrayList<>();
  private final Map<Tensor, Tensor> captures = new LinkedHashMap<>();

  /** The calls that were made with recording for gradients switched on. */
  private final BitSet taped = new BitSet();

  /** Whether a function is being traced that stands for many executions. */
  private static final ScopedValue<Boolean> ACTIVE = ScopedValue.newInstance();

  private final int limit;

  /** An empty trace. */
  public Trace() {
    this(Integer.MAX_VALUE);
  }

  /**
   * An empty trace that throws {@link SymbolicTensorException} at the operation after so many: to
   * find out who calls it.
   */
  public Trace(int limit) {
    this.limit = limit;
  }

  /**
   * Calls a function whose recorded operations will stand for many executions, so that it must not
   * do what is to be different each time, such as drawing random numbers.
   *
   * @throws SymbolicTensorException if it does, or looks at values
   */
  public static <T> T once(Supplier<T> function) {
    return ScopedValue.where(ACTIVE, true).call(function::get);
  }

  static boolean isActive() {
    return ACTIVE.isBound() || RecordedTrace.isFollowing();
  }

  /**
   * A symbolic tensor to start from.
   *
   * @param requiresGrad whether gradients with respect to it will be asked for
   */
  public Tensor symbol(DType dtype, Shape shape, boolean requiresGrad) {
    return new Tensor(shape, dtype, this, requiresGrad ? Node.leaf(dtype, shape) : null, 0);
  }

  /** Symbolic indices to start from. */
  public IntTensor indices(Shape shape) {
    return IntTensor.symbol(shape, this);
  }

  /** What has been recorded so far, to compare later calls with. */
  public RecordedTrace recorded() {
    return new RecordedTrace(this, calls, taped, List.copyOf(captures.values()));
  }

  /** The recorded operations in order. */
  public List<Call> calls() {
    return Collections.unmodifiableList(calls);
  }

  /**
   * The tensors with elements that operations met, in order of their first use, and the symbols
   * that stand for them.
   */
  public Map<Tensor, Tensor> captures() {
    return Collections.unmodifiableMap(captures);
  }

  /**
   * Lets go of the captured tensors and of the list of operations, for who keeps symbols or single
   * operations only.
   */
  public void clear() {
    calls.clear();
    captures.clear();
  }

  /** The symbol of a tensor with elements, which is captured if it was not before. */
  public Tensor capture(Tensor tensor) {
    return captures.computeIfAbsent(tensor, t -> symbol(t.dtype(), t.shape(), t.requiresGrad()));
  }

  /** The trace that an operation belongs to, or null if operands and indices have elements. */
  static @Nullable Trace of(Object attributes, Tensor[] operands) {
    Trace trace = ofIndices(attributes);
    return trace == null ? of(operands) : trace;
  }

  /** As above, of one operand. */
  static @Nullable Trace of(Object attributes, Tensor operand) {
    Trace trace = ofIndices(attributes);
    return trace == null ? operand.trace() : trace;
  }

  /** As above, of two. */
  static @Nullable Trace of(Object attributes, Tensor a, Tensor b) {
    Trace trace = of(attributes, a);
    return trace == null ? b.trace() : trace;
  }

  private static @Nullable Trace ofIndices(Object attributes) {
    return attributes instanceof Indexed at ? at.indices().trace() : null;
  }

  /** The trace of the first symbolic operand, or null if all have elements. */
  static @Nullable Trace of(Tensor[] operands) {
    for (Tensor operand : operands) {
      Trace trace = operand.trace();
      if (trace != null) {
        return trace;
      }
    }
    return null;
  }

  /** Records an operation whose operands have been checked. */
  <A> List<Tensor> record(Op<A> op, A attributes, Tensor[] in, DType dtype, Shape... shapes) {
    if (calls.size() == limit) {
      throw new SymbolicTensorException(op + ": one more than the trace records");
    }
    Tensor[] operands = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      Trace trace = in[i].trace();
      if (trace != null && trace != this) {
        throw new SymbolicTensorException(op + ": operand " + i + " belongs to another trace");
      }
      operands[i] = trace == null ? capture(in[i]) : in[i];
    }
    Node node = op.isDifferentiable() ? Node.record(op, attributes, operands, dtype, shapes) : null;
    List<Tensor> outputs = new ArrayList<>(shapes.length);
    for (int i = 0; i < shapes.length; i++) {
      outputs.add(new Tensor(shapes[i], dtype, this, node, i));
    }
    if (node != null && op.saves().output()) {
      node.saveOutput(outputs.getFirst());
    }
    taped.set(calls.size(), Autograd.isRecording());
    calls.add(
        new Call(op, op.form(attributes), attributes, List.of(operands), List.copyOf(outputs)));
    return outputs;
  }
}
