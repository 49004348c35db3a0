package org.tapeloop.autograd;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/** An op with one output. */
final class TensorOp<A> extends Op<A> {

  /** The shape of the output, or an error that names the op. Looks at shapes only, not at data. */
  @FunctionalInterface
  interface ShapeRule<A> {
    Shape apply(A attributes, Tensor[] in);
  }

  /** Computes the output. A view op returns another view of its input's array. */
  @FunctionalInterface
  interface Forward<A> {
    ArrayView apply(Backend backend, A attributes, Tensor[] in, Shape shape);
  }

  /** What its product is the cotangent of an input, or null; see {@link Factors}. */
  @FunctionalInterface
  interface FactorRule<A> {
    @Nullable Factors apply(Saved<A> saved, int input);
  }

  private final ShapeRule<A> shapeRule;
  private final Forward<A> forward;
  private final BiFunction<A, DType, DType> typeRule;
  private final @Nullable FactorRule<A> factorRule;

  /** An op of one form, whose output has the type of its inputs. */
  TensorOp(
      String name,
      Form form,
      Saves saves,
      ShapeRule<A> shapeRule,
      Forward<A> forward,
      @Nullable Vjp<A> vjp) {
    this(name, attributes -> form, saves, shapeRule, forward, vjp);
  }

  /** A product: some of its cotangents are products too, which the tape may sum in its own way. */
  TensorOp(
      String name,
      Form form,
      Saves saves,
      ShapeRule<A> shapeRule,
      Forward<A> forward,
      Vjp<A> vjp,
      FactorRule<A> factorRule) {
    this(
        name,
        attributes -> form,
        saves,
        shapeRule,
        (attributes, dtype) -> dtype,
        forward,
        vjp,
        factorRule);
  }

  /** An op whose form depends on its attributes, and whose output has the type of its inputs. */
  TensorOp(
      String name,
      Function<A, Form> form,
      Saves saves,
      ShapeRule<A> shapeRule,
      Forward<A> forward,
      @Nullable Vjp<A> vjp) {
    this(name, form, saves, shapeRule, (attributes, dtype) -> dtype, forward, vjp);
  }

  /** As above, with a rule for the type of the output. */
  TensorOp(
      String name,
      Function<A, Form> form,
      Saves saves,
      ShapeRule<A> shapeRule,
      BiFunction<A, DType, DType> typeRule,
      Forward<A> forward,
      @Nullable Vjp<A> vjp) {
    this(name, form, saves, shapeRule, typeRule, forward, vjp, null);
  }

  private TensorOp(
      String name,
      Function<A, Form> form,
      Saves saves,
      ShapeRule<A> shapeRule,
      BiFunction<A, DType, DType> typeRule,
      Forward<A> forward,
      @Nullable Vjp<A> vjp,
      @Nullable FactorRule<A> factorRule) {
    super(name, form, saves, vjp);
    this.shapeRule = shapeRule;
    this.typeRule = typeRule;
    this.forward = forward;
    this.factorRule = factorRule;
  }

  @Override
  @Nullable Factors factors(Saved<A> saved, int input) {
    return factorRule == null ? null : factorRule.apply(saved, input);
  }

  /** Refuses operands that {@link #apply} would, for a caller that has to copy one first. */
  void check(A attributes, Tensor... in) {
    checkSameType(in);
    shapeRule.apply(attributes, in);
  }

  /** Checks, computes and records; with a symbolic operand, checks and traces. */
  Tensor apply(A attributes, Tensor... in) {
    Trace trace = Trace.of(attributes, in);
    var followed = RecordedTrace.following(trace);
    return followed == null
        ? apply(attributes, in, trace)
        : followed.repeat(this, attributes, in).getFirst();
  }

  /** As above on one operand; where a trace is followed this allocates nothing. */
  Tensor apply(A attributes, Tensor a) {
    Trace trace = Trace.of(attributes, a);
    var followed = RecordedTrace.following(trace);
    return followed == null
        ? apply(attributes, new Tensor[] {a}, trace)
        : followed.repeat(this, attributes, a).getFirst();
  }

  /** As above on two. */
  Tensor apply(A attributes, Tensor a, Tensor b) {
    Trace trace = Trace.of(attributes, a, b);
    var followed = RecordedTrace.following(trace);
    return followed == null
        ? apply(attributes, new Tensor[] {a, b}, trace)
        : followed.repeat(this, attributes, a, b).getFirst();
  }

  /** As above on three. */
  Tensor apply(A attributes, Tensor a, Tensor b, Tensor c) {
    Trace trace = Trace.of(attributes, a, b);
    trace = trace == null ? c.trace() : trace;
    var followed = RecordedTrace.following(trace);
    return followed == null
        ? apply(attributes, new Tensor[] {a, b, c}, trace)
        : followed.repeat(this, attributes, a, b, c).getFirst();
  }

  private Tensor apply(A attributes, Tensor[] in, @Nullable Trace trace) {
    checkSameType(in);
    Shape shape = shapeRule.apply(attributes, in);
    DType dtype = typeRule.apply(attributes, in[0].dtype());
    if (trace != null) {
      return trace.record(this, attributes, in, dtype, shape).getFirst();
    }
    ArrayView view = forward.apply(Backends.current(), attributes, in, shape);
    boolean recorded = isDifferentiable() && Node.isNeeded(in);
    Node node = recorded ? Node.record(this, attributes, in, dtype, shape) : null;
    Tensor out = new Tensor(shape, dtype, view, node, 0);
    if (node != null && saves().output()) {
      node.saveOutput(out);
    }
    Anomaly.checkForward(this, in, out);
    return out;
  }
}
