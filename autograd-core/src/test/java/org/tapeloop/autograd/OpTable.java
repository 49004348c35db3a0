package org.tapeloop.autograd;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.GradCheck.TensorFunction;

/**
 * Every differentiable method of {@link Tensor} at points where it is smooth. The table drives the
 * gradient checks; a new method or op without a row fails {@link OpTableTest}.
 */
final class OpTable {

  /**
   * One method at one point.
   *
   * @param method its name
   * @param variant what is special about the row
   * @param inputs all of them differentiated
   */
  record Row(String method, String variant, TensorFunction f, List<Tensor> inputs) {

    Tensor[] array() {
      return inputs.toArray(Tensor[]::new);
    }

    /** The inputs as leaves. */
    Tensor[] leaves() {
      return inputs.stream().map(Tensor::leaf).toArray(Tensor[]::new);
    }

    @Override
    public String toString() {
      return variant.isEmpty() ? method : method + ", " + variant;
    }
  }

  private final List<Row> rows = new ArrayList<>();
  private final Generator generator = new Generator(424242);

  static List<Row> rows() {
    OpTable table = new OpTable();
    table.arithmetic();
    table.functions();
    table.activations();
    table.choices();
    table.products();
    table.reductions();
    table.shapes();
    table.indices();
    table.layersAndLosses();
    return table.rows;
  }

  private void row(String method, String variant, TensorFunction f, Tensor... inputs) {
    rows.add(new Row(method, variant, f, List.of(inputs)));
  }

  private void row(String method, TensorFunction f, Tensor... inputs) {
    row(method, "", f, inputs);
  }

  /** Numbers between 0.2 and 1.7 in magnitude, of either sign: away from kinks at 0 and 2. */
  private Tensor x(int... extents) {
    Shape shape = Shape.of(extents);
    Tensor sign = Tensor.bernoulli(generator.next(), DType.F64, shape, 0.5).mul(2).sub(1);
    return positive(extents).mul(sign);
  }

  /** Numbers between 0.2 and 1.7. */
  private Tensor positive(int... extents) {
    return Tensor.uniform(generator.next(), DType.F64, Shape.of(extents), 0.2, 1.7);
  }

  private void arithmetic() {
    row("add", in -> in[0].add(in[1]), x(2, 3), x(3));
    row("add", "number", in -> in[0].add(2.5), x(3));
    row("sub", in -> in[0].sub(in[1]), x(2, 1), x(3));
    row("sub", "number", in -> in[0].sub(2.5), x(3));
    row("rsub", in -> in[0].rsub(2.5), x(3));
    row("mul", in -> in[0].mul(in[1]), x(2, 3), x(2, 1));
    row("mul", "of itself", in -> in[0].mul(in[0]), x(3));
    row("mul", "number", in -> in[0].mul(-2.5), x(3));
    row("mul", "scalar operand", in -> in[0].mul(in[1]), x(), x(2, 2));
    row("mul", "empty", in -> in[0].mul(in[1]), x(0, 3), x(3));
    row("div", in -> in[0].div(in[1]), x(2, 3), x(3));
    row("div", "number", in -> in[0].div(-2.5), x(3));
    row("rdiv", in -> in[0].rdiv(2.5), x(3));
    row("neg", in -> in[0].neg(), x(3));
    row("abs", in -> in[0].abs(), x(5));
    row("sign", in -> in[0].sign(), x(5));
    row("square", in -> in[0].square(), x(5));
    row("sqrt", in -> in[0].sqrt(), positive(5));
    row("rsqrt", in -> in[0].rsqrt(), positive(5));
    row("reciprocal", in -> in[0].reciprocal(), x(5));
    row("pow", in -> in[0].pow(in[1]), positive(2, 3), x(3));
    row("pow", "exponent 0", in -> in[0].pow(in[1]), x(3).abs(), Tensor.ofDoubles(0, 0, 1));
    for (double p : new double[] {0, 0.5, 1, 2, 3, 4, -1, -0.5, 1.7}) {
      row("pow", "number " + p, in -> in[0].pow(p), positive(4));
    }
    row("pow", "cube of negative numbers", in -> in[0].pow(3), positive(4).neg());
  }

  private void functions() {
    row("exp", in -> in[0].exp(), x(5));
    row("expm1", in -> in[0].expm1(), x(5));
    row("log", in -> in[0].log(), positive(5));
    row("log1p", in -> in[0].log1p(), positive(5));
    row("sin", in -> in[0].sin(), x(5));
    row("cos", in -> in[0].cos(), x(5));
    row("erf", in -> in[0].erf(), x(5));
  }

  private void activations() {
    row("tanh", in -> in[0].tanh(), x(5));
    row("sigmoid", in -> in[0].sigmoid(), x(5));
    row("relu", in -> in[0].relu(), x(6));
    row("softplus", in -> in[0].softplus(), x(5));
    row("softplus", "beta", in -> in[0].softplus(2.5), x(5));
    row("logSigmoid", in -> in[0].logSigmoid(), x(5));
    row("leakyRelu", in -> in[0].leakyRelu(0.1), x(6));
    row("elu", in -> in[0].elu(1.3), x(6));
    row("selu", in -> in[0].selu(), x(6));
    row("gelu", in -> in[0].gelu(), x(5));
    row("geluTanh", in -> in[0].geluTanh(), x(5));
    row("silu", in -> in[0].silu(), x(5));
    row("softsign", in -> in[0].softsign(), x(6));
    row("hardTanh", in -> in[0].hardTanh(), x(8));
    row("hardTanh", "bounds", in -> in[0].hardTanh(-0.5, 0.7), x(8));
    row("hardSigmoid", in -> in[0].mul(4).hardSigmoid(), x(8));
  }

  private void choices() {
    row("clamp", in -> in[0].clamp(-0.5, 0.7), x(8));
    row("clamp", "no upper bound", in -> in[0].clamp(0.1, Double.POSITIVE_INFINITY), x(8));
    row("clamp", "no lower bound", in -> in[0].clamp(Double.NEGATIVE_INFINITY, 0.1), x(8));
    row("maskedFill", in -> in[0].maskedFill(Tensor.ofDoubles(0, 1, 0), 7), x(2, 3));
    row("maximum", in -> in[0].maximum(in[1]), x(2, 3), x(3));
    row("minimum", in -> in[0].minimum(in[1]), x(2, 3), x(3));
    row("where", in -> Tensor.ofDoubles(1, 0, -2).where(in[0], in[1]), x(2, 3), x(2, 1));
    row("where", "of the condition", in -> in[0].where(in[1], in[2]), x(3), x(3), x(3));
  }

  private void products() {
    row("matmul", in -> in[0].matmul(in[1]), x(2, 3), x(3, 4));
    row("matmul", "vectors", in -> in[0].matmul(in[1]), x(3), x(3));
    row("matmul", "row", in -> in[0].matmul(in[1]), x(3), x(3, 2));
    row("matmul", "column", in -> in[0].matmul(in[1]), x(2, 3), x(3));
    row("matmul", "batched", in -> in[0].matmul(in[1]), x(2, 2, 3), x(2, 3, 2));
    row("matmul", "broadcast", in -> in[0].matmul(in[1]), x(2, 1, 2, 3), x(3, 3, 2));
    row("matmul", "one matrix", in -> in[0].matmul(in[1]), x(2, 2, 3), x(3, 2));
    row("matmul", "batch of columns", in -> in[0].matmul(in[1]), x(2, 2, 3), x(3));
    row("matmul", "row times batch", in -> in[0].matmul(in[1]), x(3), x(2, 3, 2));
    row("matmul", "transposed", in -> in[0].t().matmul(in[1].t()), x(3, 2), x(4, 3));
    row("matmul", "no inner extent", in -> in[0].matmul(in[1]), x(2, 0), x(0, 2));
    row("affine", in -> in[0].affine(in[1], in[2]), x(3, 2), x(4, 2), x(4));
    row("affine", "no bias", in -> in[0].affine(in[1], null), x(3, 2), x(4, 2));
    row("affine", "vector", in -> in[0].affine(in[1], in[2]), x(2), x(4, 2), x(4));
    row("affine", "rank 3", in -> in[0].affine(in[1], in[2]), x(2, 2, 2), x(3, 2), x(3));
  }

  private void reductions() {
    int[] outer = {0, -1};
    row("sum", in -> in[0].sum(), x(2, 3));
    row("sum", "axis", in -> in[0].sum(1), x(2, 3, 2));
    row("sum", "axes", in -> in[0].sum(outer, true), x(2, 3, 2));
    row("sum", "scalar", in -> in[0].sum(), x());
    row("sum", "empty", in -> in[0].sum(0), x(0, 3));
    row("sum", "stretched", in -> in[0].expand(3, 2).sum(0), x(2));
    row("mean", in -> in[0].mean(), x(2, 3));
    row("mean", "axis", in -> in[0].mean(1), x(2, 3, 2));
    row("mean", "axes", in -> in[0].mean(outer, true), x(2, 3, 2));
    row("max", in -> in[0].max(), x(2, 3));
    row("max", "axis", in -> in[0].max(1), x(2, 3, 2));
    row("max", "axes", in -> in[0].max(outer, true), x(2, 3, 2));
    row("min", in -> in[0].min(), x(2, 3));
    row("min", "axis", in -> in[0].min(1), x(2, 3, 2));
    row("min", "axes", in -> in[0].min(outer, true), x(2, 3, 2));
    row("var", in -> in[0].var(), x(2, 3));
    row("var", "axis", in -> in[0].var(1), x(2, 3, 2));
    row("var", "axes, correction 0", in -> in[0].var(outer, true, 0), x(2, 3, 2));
    row("std", in -> in[0].std(), x(2, 3));
    row("std", "axis", in -> in[0].std(1), x(2, 3, 2));
    row("std", "axes, correction 0", in -> in[0].std(outer, true, 0), x(2, 3, 2));
    row("norm", in -> in[0].norm(), x(2, 3));
    for (double p : new double[] {1, 1.5, 2, 3, Double.POSITIVE_INFINITY}) {
      row("norm", "p " + p, in -> in[0].norm(p, outer, true), x(2, 3, 2));
    }
    row("prod", in -> in[0].prod(), x(5));
    row("prod", "axis", in -> in[0].prod(1), x(2, 3, 2));
    row("prod", "axes", in -> in[0].prod(outer, true), x(2, 3, 2));
    row("prod", "one zero", in -> in[0].prod(), Tensor.ofDoubles(0.5, 0, -1.5, 2));
    row("prod", "two zeros", in -> in[0].prod(), Tensor.ofDoubles(0.5, 0, 0, -1.5, 2));
    row("prod", "empty", in -> in[0].prod(1), x(2, 0));
    row("logSumExp", in -> in[0].logSumExp(), x(2, 3));
    row("logSumExp", "axis", in -> in[0].logSumExp(1), x(2, 3, 2));
    row("logSumExp", "axes", in -> in[0].logSumExp(outer, true), x(2, 3, 2));
    row("cumsum", in -> in[0].cumsum(1), x(2, 3, 2));
    row("softmax", in -> in[0].softmax(-1), x(2, 4));
    row("softmax", "first axis", in -> in[0].softmax(0), x(3, 2));
    row("logSoftmax", in -> in[0].logSoftmax(-1), x(2, 4));
    row("logSoftmax", "first axis", in -> in[0].logSoftmax(0), x(3, 2));
  }

  private void shapes() {
    row("reshape", in -> in[0].reshape(3, -1), x(2, 3));
    row("reshape", "copies", in -> in[0].t().reshape(6), x(2, 3));
    row("view", in -> in[0].view(3, 2), x(2, 3));
    row("contiguous", in -> in[0].t().contiguous(), x(2, 3));
    row("permute", in -> in[0].permute(2, 0, 1), x(2, 3, 2));
    row("transpose", in -> in[0].transpose(0, 2), x(2, 3, 2));
    row("t", in -> in[0].t(), x(2, 3));
    row("slice", in -> in[0].slice(1, 1, -1), x(2, 4));
    row("slice", "steps", in -> in[0].slice(1, 0, 5, 2), x(2, 5));
    row("slice", "empty", in -> in[0].slice(1, 3, 2), x(2, 5));
    row("narrow", in -> in[0].narrow(1, 1, 2), x(2, 4));
    row("select", in -> in[0].select(1, -2), x(2, 3, 2));
    row("chunk", in -> weighted(in[0].chunk(2, 0)), x(3, 2));
    row("split", in -> weighted(in[0].split(new int[] {1, 3}, -1)), x(2, 4));
    row("unstack", in -> weighted(in[0].unstack(1)), x(2, 3));
    row("cat", in -> Tensor.cat(List.of(in[0], in[1]), 1), x(2, 1), x(2, 3));
    row("stack", in -> Tensor.stack(List.of(in[0], in[1]), 1), x(2, 3), x(2, 3));
    row("flip", in -> in[0].flip(0, -1), x(2, 3));
    row("flip", "of a flipped slice", in -> in[0].flip(0).narrow(0, 1, 2).flip(0), x(4));
    row("roll", in -> in[0].roll(-2, 1), x(2, 5));
    row("expand", in -> in[0].expand(2, 3, -1), x(3, 1));
    row("squeeze", in -> in[0].squeeze(1), x(2, 1, 3));
    row("squeeze", "all", in -> in[0].squeeze(), x(2, 1, 3, 1));
    row("unsqueeze", in -> in[0].unsqueeze(1), x(2, 3));
    row("onGradient", in -> in[0].onGradient(g -> g), x(3));
  }

  /** The sum of the squares of the pieces, each with a weight of its own. */
  private static Tensor weighted(List<Tensor> pieces) {
    Tensor sum = Tensor.scalar(DType.F64, 0);
    for (int i = 0; i < pieces.size(); i++) {
      sum = sum.add(pieces.get(i).pow(3).sum().mul(i + 1));
    }
    return sum;
  }

  private void indices() {
    IntTensor ids = IntTensor.of(Shape.of(2, 2), 1, 0, 3, 1);
    row("embedding", in -> in[0].embedding(ids), x(4, 2));
    row("embedding", "scalar id", in -> in[0].embedding(id(2)), x(4, 2));
    IntTensor along = IntTensor.of(Shape.of(2, 3), 1, 0, 1, 3, 3, 2);
    row("gather", in -> in[0].gather(1, along), x(2, 4));
    row("gather", "first axis", in -> in[0].gather(0, IntTensor.of(1, 1, 0)), x(2));
    row("scatterAdd", in -> in[0].scatterAdd(1, along, in[1]), x(2, 4), x(2, 3));
    row("indexSelect", in -> in[0].indexSelect(1, IntTensor.of(2, 0, 2)), x(2, 3, 2));
    row("indexSelect", "of a transpose", in -> in[0].t().indexSelect(0, id(1, 1)), x(2, 3));
    row("indexSelect", "nothing", in -> in[0].indexSelect(0, IntTensor.of()), x(2, 3));
  }

  private static IntTensor id(int... values) {
    return values.length == 1 ? IntTensor.of(Shape.SCALAR, values) : IntTensor.of(values);
  }

  private void layersAndLosses() {
    row("layerNorm", in -> in[0].layerNorm(1, null, null, 1e-5), x(2, 4));
    row(
        "layerNorm",
        "affine, two axes",
        in -> in[0].layerNorm(2, in[1], in[2], 1e-3),
        x(2, 2, 3),
        x(2, 3),
        x(2, 3));
    RandomStream stream = new RandomStream(1, 1);
    row("dropout", in -> in[0].dropout(0.4, stream), x(3, 4));
    row("dropout", "mask", in -> in[0].dropout(0.4, Tensor.ofDoubles(1, 0, 1)), x(2, 3));
    IntTensor classes = IntTensor.of(2, 0, 4, 2);
    row("crossEntropy", in -> in[0].crossEntropy(classes), x(4, 5));
    row(
        "affineCrossEntropy",
        in -> in[0].affineCrossEntropy(in[1], in[2], classes, CrossEntropy.MEAN),
        x(4, 3),
        x(5, 3),
        x(5));
    row("crossEntropy", "one item", in -> in[0].crossEntropy(id(1)), x(3));
    row(
        "crossEntropy",
        "items, weights, ignoring, smoothing",
        in ->
            in[0].crossEntropy(
                classes,
                new CrossEntropy(Reduction.NONE, Tensor.ofDoubles(0.5, 1, 2, 3, 0.1), 0, 0.2)),
        x(4, 5));
    row(
        "crossEntropy",
        "class axis 1",
        in ->
            in[0].crossEntropy(
                IntTensor.of(Shape.of(2, 2), 2, 0, 1, 1),
                CrossEntropy.MEAN.weighted(Tensor.ofDoubles(0.5, 1, 2)).ignoring(2)),
        x(2, 3, 2));
    row("mse", in -> in[0].mse(in[1]), x(2, 3), x(2, 3));
    row("mse", "sum", in -> in[0].mse(in[1], Reduction.SUM), x(2, 3), x(2, 3));
    row("mse", "items", in -> in[0].mse(in[1], Reduction.NONE), x(2, 3), x(2, 3));
  }
}
