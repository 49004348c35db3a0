package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Elementwise ops that have a kernel of their own, each with its derivative beside it. */
final class PointwiseOps {

  /** The cotangent of one operand from the output's cotangent and what the op saved; null for 0. */
  @FunctionalInterface
  private interface OperandVjp {
    @Nullable Tensor apply(Tensor g, Saved<None> s);
  }

  static final TensorOp<None> NEG =
      unary("neg", UnaryKernel.NEGATE, Saves.NOTHING, (g, s) -> g.neg());

  static final TensorOp<None> ABS =
      unary("abs", UnaryKernel.ABS, Saves.INPUTS, (g, s) -> g.mul(s.x(0).sign()));

  static final TensorOp<None> SIGN = unary("sign", UnaryKernel.SIGN, Saves.NOTHING, (g, s) -> null);

  static final TensorOp<None> SQRT =
      unary("sqrt", UnaryKernel.SQRT, Saves.OUTPUT, (g, s) -> g.div(s.y().mul(2)));

  static final TensorOp<None> RSQRT =
      unary("rsqrt", UnaryKernel.RSQRT, Saves.BOTH, (g, s) -> g.mul(s.y().div(s.x(0)).mul(-0.5)));

  static final TensorOp<None> RECIPROCAL =
      unary(
          "reciprocal",
          UnaryKernel.RECIPROCAL,
          Saves.OUTPUT,
          (g, s) -> g.mul(s.y().square().neg()));

  static final TensorOp<None> SQUARE =
      unary("square", UnaryKernel.SQUARE, Saves.INPUTS, (g, s) -> g.mul(s.x(0).mul(2)));

  static final TensorOp<None> EXP =
      unary("exp", UnaryKernel.EXP, Saves.OUTPUT, (g, s) -> g.mul(s.y()));

  static final TensorOp<None> EXPM1 =
      unary("expm1", UnaryKernel.EXPM1, Saves.OUTPUT, (g, s) -> g.mul(s.y().add(1)));

  static final TensorOp<None> LOG =
      unary("log", UnaryKernel.LOG, Saves.INPUTS, (g, s) -> g.div(s.x(0)));

  static final TensorOp<None> LOG1P =
      unary("log1p", UnaryKernel.LOG1P, Saves.INPUTS, (g, s) -> g.div(s.x(0).add(1)));

  static final TensorOp<None> SIN =
      unary("sin", UnaryKernel.SIN, Saves.INPUTS, (g, s) -> g.mul(s.x(0).cos()));

  static final TensorOp<None> COS =
      unary("cos", UnaryKernel.COS, Saves.INPUTS, (g, s) -> g.mul(s.x(0).sin().neg()));

  static final TensorOp<None> ERF =
      unary(
          "erf",
          UnaryKernel.ERF,
          Saves.INPUTS,
          (g, s) -> g.mul(s.x(0).square().neg().exp().mul(2 / Math.sqrt(Math.PI))));

  static final TensorOp<None> TANH =
      unary("tanh", UnaryKernel.TANH, Saves.OUTPUT, (g, s) -> tanhGradient(g, s.y()));

  static final TensorOp<None> SIGMOID =
      unary("sigmoid", UnaryKernel.SIGMOID, Saves.OUTPUT, (g, s) -> sigmoidGradient(g, s.y()));

  static final TensorOp<None> RELU =
      unary("relu", UnaryKernel.RELU, Saves.OUTPUT, (g, s) -> g.mul(s.y().gt(0)));

  static final TensorOp<None> SOFTPLUS =
      unary("softplus", UnaryKernel.SOFTPLUS, Saves.INPUTS, (g, s) -> g.mul(s.x(0).sigmoid()));

  static final TensorOp<None> ADD =
      binary("add", BinaryKernel.ADD, Saves.NOTHING, (g, s) -> g, (g, s) -> g);

  static final TensorOp<None> SUB =
      binary("sub", BinaryKernel.SUB, Saves.NOTHING, (g, s) -> g, (g, s) -> g.neg());

  static final TensorOp<None> MUL =
      binary(
          "mul", BinaryKernel.MUL, Saves.INPUTS, (g, s) -> g.mul(s.x(1)), (g, s) -> g.mul(s.x(0)));

  static final TensorOp<None> DIV =
      binary(
          "div",
          BinaryKernel.DIV,
          Saves.BOTH,
          (g, s) -> g.div(s.x(1)),
          (g, s) -> g.mul(s.y()).div(s.x(1)).neg());

  /** Base and exponent. */
  static final TensorOp<None> POW =
      binary(
          "pow",
          BinaryKernel.POW,
          Saves.BOTH,
          (g, s) -> g.mul(powByBase(s.x(0), s.x(1))),
          (g, s) -> g.mul(s.y().mul(powLog(s.x(0), s.x(1)))));

  /** Base, and the exponent once more as a constant operand. Attribute: the exponent. */
  static final TensorOp<Double> POW_NUMBER =
      elementwise(
          "powNumber",
          BinaryKernel.POW,
          Saves.INPUTS,
          (s, input) -> {
            double p = s.attributes();
            return p == 0 ? null : s.g().mul(s.x(0).pow(p - 1).mul(p));
          });

  static final TensorOp<None> MAXIMUM =
      binary(
          "maximum",
          BinaryKernel.MAXIMUM,
          Saves.INPUTS,
          (g, s) -> g.mul(share(s.x(1).lt(s.x(0)), s)),
          (g, s) -> g.mul(share(s.x(0).lt(s.x(1)), s)));

  static final TensorOp<None> MINIMUM =
      binary(
          "minimum",
          BinaryKernel.MINIMUM,
          Saves.INPUTS,
          (g, s) -> g.mul(share(s.x(0).lt(s.x(1)), s)),
          (g, s) -> g.mul(share(s.x(1).lt(s.x(0)), s)));

  /** {@code g (1 - y^2)}. */
  static final TensorOp<None> TANH_GRADIENT =
      binary(
          "tanhGradient",
          BinaryKernel.TANH_GRADIENT,
          Saves.INPUTS,
          (g, s) -> tanhGradient(g, s.x(1)),
          (g, s) -> g.mul(s.x(0)).mul(s.x(1).mul(-2)));

  /** {@code g y (1 - y)}. */
  static final TensorOp<None> SIGMOID_GRADIENT =
      binary(
          "sigmoidGradient",
          BinaryKernel.SIGMOID_GRADIENT,
          Saves.INPUTS,
          (g, s) -> sigmoidGradient(g, s.x(1)),
          (g, s) -> g.mul(s.x(0)).mul(s.x(1).mul(-2).add(1)));

  static final TensorOp<None> EQUAL = comparison("eq", BinaryKernel.EQUAL);
  static final TensorOp<None> NOT_EQUAL = comparison("ne", BinaryKernel.NOT_EQUAL);
  static final TensorOp<None> LESS = comparison("lt", BinaryKernel.LESS);
  static final TensorOp<None> LESS_EQUAL = comparison("le", BinaryKernel.LESS_EQUAL);

  /** Operands: condition, value where it is not 0, value where it is 0. */
  static final TensorOp<None> WHERE =
      new TensorOp<>(
          "where",
          new Form.Select(),
          Saves.INPUTS,
          (none, in) ->
              Shape.broadcast(
                  "where", in[0].shape(), Shape.broadcast("where", in[1].shape(), in[2].shape())),
          (backend, none, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.select(
                Broadcasting.stretch(in[0], shape),
                Broadcasting.stretch(in[1], shape),
                Broadcasting.stretch(in[2], shape),
                out);
            return out;
          },
          (s, input) ->
              switch (input) {
                case 0 -> null;
                case 1 -> where(s.x(0), s.g(), s.g().zerosLike());
                default -> where(s.x(0), s.g().zerosLike(), s.g());
              });

  private PointwiseOps() {}

  static Tensor where(Tensor condition, Tensor a, Tensor b) {
    return WHERE.apply(NONE, condition, a, b);
  }

  /**
   * {@code d x^p / dx = p x^(p-1)}, with 0 for {@code 0^0}, where the plain formula is 0 times
   * infinity.
   */
  private static Tensor powByBase(Tensor x, Tensor p) {
    Tensor constant = x.eq(0).mul(p.eq(0));
    return x.pow(where(constant, Tensor.scalar(x.dtype(), 0), p.sub(1))).mul(p);
  }

  /**
   * {@code (d x^p / dp) / x^p = ln x}, with 0 for {@code 0^p}, p not negative, which does not
   * change with p.
   */
  private static Tensor powLog(Tensor x, Tensor p) {
    Tensor constant = x.eq(0).mul(p.ge(0));
    return where(constant, Tensor.scalar(x.dtype(), 1), x).log();
  }

  private static Tensor tanhGradient(Tensor g, Tensor y) {
    return TANH_GRADIENT.apply(NONE, g, y);
  }

  private static Tensor sigmoidGradient(Tensor g, Tensor y) {
    return SIGMOID_GRADIENT.apply(NONE, g, y);
  }

  /**
   * What an operand that wins where {@code wins} is 1 gets of the cotangent: all of it there, half
   * where both are equal.
   */
  private static Tensor share(Tensor wins, Saved<None> s) {
    return wins.add(s.x(0).eq(s.x(1)).mul(0.5));
  }

  private static TensorOp<None> unary(
      String name, UnaryKernel kernel, Saves saves, OperandVjp vjp) {
    return new TensorOp<>(
        name,
        new Form.Unary(kernel),
        saves,
        (none, in) -> in[0].shape(),
        (backend, none, in, shape) -> {
          ArrayView out = in[0].dtype().allocate(shape);
          backend.unary(kernel, in[0].view(), out);
          return out;
        },
        (s, input) -> vjp.apply(s.g(), s));
  }

  private static TensorOp<None> binary(
      String name, BinaryKernel kernel, Saves saves, OperandVjp first, OperandVjp second) {
    return elementwise(
        name, kernel, saves, (s, input) -> (input == 0 ? first : second).apply(s.g(), s));
  }

  private static TensorOp<None> comparison(String name, BinaryKernel kernel) {
    return elementwise(name, kernel, Saves.NOTHING, null);
  }

  private static <A> TensorOp<A> elementwise(
      String name, BinaryKernel kernel, Saves saves, Op.@Nullable Vjp<A> vjp) {
    return new TensorOp<>(
        name,
        new Form.Binary(kernel),
        saves,
        (attributes, in) -> Shape.broadcast(name, in[0].shape(), in[1].shape()),
        (backend, attributes, in, shape) -> {
          ArrayView out = in[0].dtype().allocate(shape);
          backend.binary(
              kernel, Broadcasting.stretch(in[0], shape), Broadcasting.stretch(in[1], shape), out);
          return out;
        },
        vjp);
  }
}
