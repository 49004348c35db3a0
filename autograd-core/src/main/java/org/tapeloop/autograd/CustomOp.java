package org.tapeloop.autograd;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;

/**
 * An operation with a derivative of its own, written outside the library.
 *
 * <pre>{@code
 * static final CustomOp CUBE =
 *     CustomOp.of(
 *         "cube",
 *         in -> in[0].square().mul(in[0]),
 *         s -> List.of(s.g().mul(s.x(0).square().mul(3))));
 *
 * Tensor y = CUBE.apply(x);
 * }</pre>
 *
 * <p>The forward function runs without recording; it may compute in any way, on arrays too. The
 * vjp, written in tensor operations, is recorded where a higher order is asked for: a vjp that is
 * right can be differentiated again. Check both with {@link GradCheck}.
 */
public final class CustomOp {

  /** Computes the output from the operands, which are detached. */
  @FunctionalInterface
  public interface Forward {
    /** The output, of the operands' type. */
    Tensor apply(Tensor... in);
  }

  /** Pulls the cotangent of the output back to the operands. */
  @FunctionalInterface
  public interface Vjp {
    /**
     * One gradient an operand, of its shape or a shape it stretches to (which is then summed back);
     * null for 0.
     */
    List<@Nullable Tensor> apply(Context saved);
  }

  /** Tells the output's shape without computing it, and refuses operands that do not fit. */
  @FunctionalInterface
  public interface ShapeRule {
    /** The shape of the output. */
    Shape apply(Shape... in);
  }

  /** What a vjp may read. */
  public static final class Context {
    private final Saved<Call> saved;

    private Context(Saved<Call> saved) {
      this.saved = saved;
    }

    /** The cotangent of the output. */
    public Tensor g() {
      return saved.g();
    }

    /** Operand i. */
    public Tensor x(int i) {
      return saved.x(i);
    }

    /** The output. */
    public Tensor y() {
      return saved.y();
    }
  }

  /**
   * One application. Without a shape rule it carries the output from where its shape is found to
   * where it is recorded; with one, which tracing needs, it never changes.
   */
  private static final class Call {
    private final int operands;
    private @Nullable Tensor result;

    Call(int operands) {
      this.operands = operands;
    }
  }

  private final Forward forward;
  private final @Nullable ShapeRule shapeRule;
  private final Vjp vjp;
  private final TensorOp<Call> op;

  private CustomOp(
      String name, Saves saves, @Nullable ShapeRule shapeRule, Forward forward, Vjp vjp) {
    this.forward = forward;
    this.shapeRule = shapeRule;
    this.vjp = vjp;
    this.op =
        new TensorOp<>(
            name,
            new Form.Opaque(),
            saves,
            this::shapeOf,
            (backend, call, in, shape) -> view(call, in, shape),
            this::pullBack);
  }

  /** An op whose vjp may read operands and output. */
  public static CustomOp of(String name, Forward forward, Vjp vjp) {
    return new CustomOp(name, Saves.BOTH, null, forward, vjp);
  }

  /**
   * This op keeping only what its vjp reads, so that the rest can be freed early.
   *
   * @param saves reading anything else in the vjp is then refused
   */
  public CustomOp saving(Saves saves) {
    return new CustomOp(op.name(), saves, shapeRule, forward, vjp);
  }

  /** This op with a rule that checks shapes before anything is computed. */
  public CustomOp shapedBy(ShapeRule rule) {
    return new CustomOp(op.name(), op.saves(), rule, forward, vjp);
  }

  /** The name in messages. */
  public String name() {
    return op.name();
  }

  /**
   * Computes the output and records it.
   *
   * @param in at least one operand, all of one type
   * @throws IllegalArgumentException if there are none, or types differ
   * @throws IllegalStateException if the output has another type, or not the shape of the rule
   * @throws SymbolicTensorException if an operand is symbolic and the op has no shape rule
   */
  public Tensor apply(Tensor... in) {
    if (in.length == 0) {
      throw new IllegalArgumentException(name() + ": no operands given");
    }
    if (shapeRule == null && Trace.of(in) != null) {
      throw new SymbolicTensorException(name() + ", which has no shape rule,", in[0].shape());
    }
    return op.apply(new Call(in.length), in.clone());
  }

  private Shape shapeOf(Call call, Tensor[] in) {
    if (shapeRule != null) {
      return shapeRule.apply(Arrays.stream(in).map(Tensor::shape).toArray(Shape[]::new));
    }
    call.result = compute(in);
    return call.result.shape();
  }

  private ArrayView view(Call call, Tensor[] in, Shape shape) {
    Tensor result = call.result == null ? compute(in) : call.result;
    call.result = null;
    if (!result.shape().equals(shape) || result.dtype() != in[0].dtype()) {
      throw new IllegalStateException(
          "%s: forward gave %s %s, not %s %s"
              .formatted(name(), result.dtype(), result.shape(), in[0].dtype(), shape));
    }
    return result.view();
  }

  private Tensor compute(Tensor[] in) {
    Tensor[] detached = Arrays.stream(in).map(Tensor::detach).toArray(Tensor[]::new);
    return Autograd.noGrad(() -> forward.apply(detached));
  }

  private @Nullable Tensor pullBack(Saved<Call> saved, int input) {
    @Nullable Tensor gradient = saved.once(this::gradients).get(input);
    if (gradient != null && gradient.dtype() != saved.inputType(input)) {
      throw new IllegalStateException(
          "%s: its vjp gave %s for operand %d, which is %s"
              .formatted(name(), gradient.dtype(), input, saved.inputType(input)));
    }
    return gradient;
  }

  private List<@Nullable Tensor> gradients(Saved<Call> saved) {
    int operands = saved.attributes().operands;
    List<@Nullable Tensor> gradients = vjp.apply(new Context(saved));
    if (gradients.size() != operands) {
      throw new IllegalStateException(
          "%s: its vjp gave %d gradients for %d operands"
              .formatted(name(), gradients.size(), operands));
    }
    return gradients;
  }
}
