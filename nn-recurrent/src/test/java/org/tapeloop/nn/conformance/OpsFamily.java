package org.tapeloop.nn.conformance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.conformance.DifferentiableFamily.Computation;

/** Elementary operations: each kind is one line that calls the library. */
final class OpsFamily {
  private static final int CARRIED = 309;

  private final Map<String, Computation> kinds = new HashMap<>();

  private OpsFamily() {
    arithmetic();
    functions();
    activations();
    shapes();
    indices();
    reductions();
    rows();
  }

  static Family create() {
    return new DifferentiableFamily("ops", CARRIED, new OpsFamily().kinds);
  }

  private void unary(String kind, UnaryOperator<Tensor> op) {
    one(kind, given -> op.apply(given.in(0)));
  }

  private void binary(String kind, BinaryOperator<Tensor> op) {
    one(kind, given -> op.apply(given.in(0), given.in(1)));
  }

  /** A kind with one output. */
  private void one(String kind, Function<Given, Tensor> op) {
    kinds.put(kind, given -> List.of(op.apply(given)));
  }

  private void several(String kind, Computation op) {
    kinds.put(kind, op);
  }

  /** A reduction; {@code all} stands for every axis. */
  private void reduction(String kind, Reduction op) {
    one(
        kind,
        given -> {
          ConformanceCase attributes = given.attributes();
          Tensor x = given.in(0);
          int[] axes =
              attributes.text("axes").equals("all")
                  ? IntStream.range(0, x.rank()).toArray()
                  : attributes.integers("axes");
          return op.apply(given, x, axes, attributes.flag("keepdim"));
        });
  }

  @FunctionalInterface
  private interface Reduction {
    Tensor apply(Given given, Tensor x, int[] axes, boolean keepDim);
  }

  private static int dim(Given given) {
    return given.attributes().integer("dim");
  }

  /** A bound that may be absent. */
  private static double bound(Given given, String key, double open) {
    return given.attributes().isNone(key) ? open : given.attributes().real(key);
  }

  private void arithmetic() {
    binary("add", Tensor::add);
    binary("sub", Tensor::sub);
    binary("mul", Tensor::mul);
    binary("div", Tensor::div);
    binary("pow", Tensor::pow);
    binary("maximum", Tensor::maximum);
    binary("minimum", Tensor::minimum);
    binary("matmul", Tensor::matmul);
    one("linear", given -> given.in(0).affine(given.in(1), given.has("in2") ? given.in(2) : null));
    one("pow_scalar", given -> given.in(0).pow(given.attributes().real("exponent")));
  }

  private void functions() {
    unary("neg", Tensor::neg);
    unary("abs", Tensor::abs);
    unary("square", Tensor::square);
    unary("reciprocal", Tensor::reciprocal);
    unary("exp", Tensor::exp);
    unary("expm1", Tensor::expm1);
    unary("log", Tensor::log);
    unary("log1p", Tensor::log1p);
    unary("sqrt", Tensor::sqrt);
    unary("rsqrt", Tensor::rsqrt);
    unary("sin", Tensor::sin);
    unary("cos", Tensor::cos);
    unary("erf", Tensor::erf);
    one(
        "clamp",
        given ->
            given
                .in(0)
                .clamp(
                    bound(given, "min", Double.NEGATIVE_INFINITY),
                    bound(given, "max", Double.POSITIVE_INFINITY)));
  }

  private void activations() {
    unary("tanh", Tensor::tanh);
    unary("sigmoid", Tensor::sigmoid);
    unary("softsign", Tensor::softsign);
    unary("logsigmoid", Tensor::logSigmoid);
    unary("relu", Tensor::relu);
    unary("selu", Tensor::selu);
    unary("silu", Tensor::silu);
    unary("hardsigmoid", Tensor::hardSigmoid);
    one("leaky_relu", given -> given.in(0).leakyRelu(given.attributes().real("slope")));
    one("elu", given -> given.in(0).elu(given.attributes().real("alpha")));
    one("softplus", given -> given.in(0).softplus(given.attributes().real("beta")));
    one(
        "gelu",
        given ->
            switch (given.attributes().text("approximate")) {
              case "none" -> given.in(0).gelu();
              case "tanh" -> given.in(0).geluTanh();
              case String other ->
                  throw new MalformedCaseException("gelu has no approximation '" + other + "'");
            });
    one(
        "hardtanh",
        given ->
            given.in(0).hardTanh(given.attributes().real("min"), given.attributes().real("max")));
  }

  private void shapes() {
    one(
        "transpose",
        given ->
            given
                .in(0)
                .transpose(given.attributes().integer("dim0"), given.attributes().integer("dim1")));
    one("permute", given -> given.in(0).permute(given.attributes().integers("dims")));
    one("reshape", given -> given.in(0).reshape(given.attributes().integers("shape")));
    one("expand", given -> given.in(0).expand(given.attributes().integers("shape")));
    one("unsqueeze", given -> given.in(0).unsqueeze(dim(given)));
    one(
        "squeeze",
        given ->
            given.attributes().text("dim").equals("all")
                ? given.in(0).squeeze()
                : given.in(0).squeeze(dim(given)));
    one("slice", OpsFamily::slice);
    one(
        "narrow",
        given ->
            given
                .in(0)
                .narrow(
                    dim(given),
                    given.attributes().integer("start"),
                    given.attributes().integer("length")));
    one("select", given -> given.in(0).select(dim(given), given.attributes().integer("position")));
    several("chunk", given -> given.in(0).chunk(given.attributes().integer("chunks"), dim(given)));
    several("split", given -> given.in(0).split(given.attributes().integers("sizes"), dim(given)));
    one("cat", given -> Tensor.cat(given.operands(), dim(given)));
    one("stack", given -> Tensor.stack(given.operands(), dim(given)));
    one("flip", given -> given.in(0).flip(given.attributes().integers("dims")));
    one("roll", OpsFamily::roll);
  }

  private static Tensor slice(Given given) {
    int[] starts = given.attributes().integers("starts");
    int[] stops = given.attributes().integers("stops");
    int[] steps = given.attributes().integers("steps");
    Tensor out = given.in(0);
    for (int axis = 0; axis < starts.length; axis++) {
      out = out.slice(axis, starts[axis], stops[axis], steps[axis]);
    }
    return out;
  }

  private static Tensor roll(Given given) {
    int[] shifts = given.attributes().integers("shifts");
    int[] dims = given.attributes().integers("dims");
    Tensor out = given.in(0);
    for (int i = 0; i < dims.length; i++) {
      out = out.roll(shifts[i], dims[i]);
    }
    return out;
  }

  private void indices() {
    one("gather", given -> given.in(0).gather(dim(given), given.ints("index")));
    one("index_select", given -> given.in(0).indexSelect(dim(given), given.ints("index")));
    one("scatter_add", OpsFamily::scatterAdd);
    one("where", given -> given.tensor("condition").where(given.in(0), given.in(1)));
    one(
        "masked_fill",
        given -> given.in(0).maskedFill(given.tensor("mask"), given.attributes().real("value")));
    one(
        "embedding",
        given ->
            given.attributes().isNone("padding_idx")
                ? given.in(0).embedding(given.ints("index"))
                : given
                    .in(0)
                    .embedding(given.ints("index"), given.attributes().integer("padding_idx")));
  }

  /** The index may be shorter than the source; what it leaves out is added nowhere. */
  private static Tensor scatterAdd(Given given) {
    IntTensor index = given.ints("index");
    Tensor source = given.in(1);
    for (int axis = 0; axis < index.rank(); axis++) {
      source = source.narrow(axis, 0, index.extent(axis));
    }
    return given.in(0).scatterAdd(dim(given), index, source);
  }

  private void reductions() {
    reduction("sum", (given, x, axes, keepDim) -> x.sum(axes, keepDim));
    reduction("mean", (given, x, axes, keepDim) -> x.mean(axes, keepDim));
    reduction("prod", (given, x, axes, keepDim) -> x.prod(axes, keepDim));
    reduction("amax", (given, x, axes, keepDim) -> x.max(axes, keepDim));
    reduction("amin", (given, x, axes, keepDim) -> x.min(axes, keepDim));
    reduction("logsumexp", (given, x, axes, keepDim) -> x.logSumExp(axes, keepDim));
    reduction(
        "var",
        (given, x, axes, keepDim) ->
            x.var(axes, keepDim, given.attributes().integer("correction")));
    reduction(
        "std",
        (given, x, axes, keepDim) ->
            x.std(axes, keepDim, given.attributes().integer("correction")));
    reduction(
        "norm", (given, x, axes, keepDim) -> x.norm(given.attributes().real("p"), axes, keepDim));
  }

  private void rows() {
    one("softmax", given -> given.in(0).softmax(dim(given)));
    one("log_softmax", given -> given.in(0).logSoftmax(dim(given)));
    one("cumsum", given -> given.in(0).cumsum(dim(given)));
    one(
        "layer_norm",
        given -> {
          boolean affine = given.attributes().flag("affine");
          return given
              .in(0)
              .layerNorm(
                  given.attributes().integer("normalized_dims"),
                  affine ? given.in(1) : null,
                  affine ? given.in(2) : null,
                  given.attributes().real("eps"));
        });
  }
}
