package org.tapeloop.autograd.scan;

import java.util.List;
import java.util.function.Function;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Tensor;

/**
 * The operations that random steps are made of: whatever works on the rows of a batch. Each fits
 * operands of any width: b has the width of a, or 1.
 *
 * <p>In the code, {@code a} and {@code b} stand for operands, {@code v} for a captured row of a's
 * width, {@code m} and {@code k} for captured matrices [width of a, n], {@code w} for one [n, width
 * of a], {@code r} for a captured row of n, {@code still} for a captured tensor like a, and {@code
 * pieces(a)} for {@code Tensor.cat(List.of(a, a.sin()), 1).reshape(B, 2, width)}.
 */
enum RandomOp {
  ADD("a.add(b)", o -> o.a().add(o.b())),
  ADD_NUMBER("a.add(0.3)", o -> o.a().add(0.3)),
  SUB("a.sub(b)", o -> o.a().sub(o.b())),
  RSUB("a.rsub(1)", o -> o.a().rsub(1)),
  MUL("a.mul(b).mul(0.5)", o -> o.a().mul(o.b()).mul(0.5)),
  MUL_ROW("a.mul(v)", o -> o.a().mul(o.v())),
  ADD_ROW("a.add(v)", o -> o.a().add(o.v())),
  DIV("a.div(b.square().add(1))", o -> o.a().div(o.b().square().add(1))),
  RDIV("a.square().add(1).rdiv(0.7)", o -> o.a().square().add(1).rdiv(0.7)),
  NEG("a.neg()", o -> o.a().neg()),
  ABS("a.add(0.1).abs()", o -> o.a().add(0.1).abs()),
  SIGN("a.add(0.1).sign().mul(b)", o -> o.a().add(0.1).sign().mul(o.b())),
  SIGN_ALONE("a.sub(0.1).sign()", o -> o.a().sub(0.1).sign()),
  GREATER("a.gt(b)", o -> o.a().gt(o.b())),
  CONDITION(
      "a.sub(0.1).relu().where(b, a.detach())",
      o -> o.a().sub(0.1).relu().where(o.b(), o.a().detach())),
  SQUARE("a.square().mul(0.5)", o -> o.a().square().mul(0.5)),
  SQRT("a.square().add(0.2).sqrt()", o -> o.a().square().add(0.2).sqrt()),
  RSQRT("a.square().add(0.5).rsqrt()", o -> o.a().square().add(0.5).rsqrt()),
  RECIPROCAL("a.tanh().add(2).reciprocal()", o -> o.a().tanh().add(2).reciprocal()),
  POW("a.square().add(0.3).pow(b.tanh())", o -> o.a().square().add(0.3).pow(o.b().tanh())),
  POW_NUMBER("a.tanh().pow(3)", o -> o.a().tanh().pow(3)),
  POW_ZERO("a.pow(0)", o -> o.a().pow(0)),
  POW_FRACTION("a.square().add(0.3).pow(1.7)", o -> o.a().square().add(0.3).pow(1.7)),
  EXP("a.tanh().exp()", o -> o.a().tanh().exp()),
  EXPM1("a.tanh().expm1()", o -> o.a().tanh().expm1()),
  LOG("a.square().add(0.5).log()", o -> o.a().square().add(0.5).log()),
  LOG1P("a.square().log1p()", o -> o.a().square().log1p()),
  SIN("a.sin()", o -> o.a().sin()),
  COS("a.cos()", o -> o.a().cos()),
  ERF("a.erf()", o -> o.a().erf()),
  TANH("a.tanh()", o -> o.a().tanh()),
  SIGMOID("a.sigmoid()", o -> o.a().sigmoid()),
  RELU("a.add(0.1).relu()", o -> o.a().add(0.1).relu()),
  SOFTPLUS("a.softplus(2.5).sub(0.5)", o -> o.a().softplus(2.5).sub(0.5)),
  LOG_SIGMOID("a.logSigmoid()", o -> o.a().logSigmoid()),
  LEAKY_RELU("a.add(0.1).leakyRelu(0.1)", o -> o.a().add(0.1).leakyRelu(0.1)),
  ELU("a.add(0.1).elu(1.3)", o -> o.a().add(0.1).elu(1.3)),
  SELU("a.add(0.1).selu()", o -> o.a().add(0.1).selu()),
  GELU("a.gelu()", o -> o.a().gelu()),
  GELU_TANH("a.geluTanh()", o -> o.a().geluTanh()),
  SILU("a.silu()", o -> o.a().silu()),
  SOFTSIGN("a.add(0.1).softsign()", o -> o.a().add(0.1).softsign()),
  HARD_TANH("a.hardTanh(-0.5, 0.7)", o -> o.a().hardTanh(-0.5, 0.7)),
  HARD_SIGMOID("a.mul(3).hardSigmoid()", o -> o.a().mul(3).hardSigmoid()),
  CLAMP("a.clamp(-0.4, 0.6)", o -> o.a().clamp(-0.4, 0.6)),
  MASKED_FILL("a.maskedFill(b.gt(0.1), 0.7)", o -> o.a().maskedFill(o.b().gt(0.1), 0.7)),
  MAXIMUM("a.maximum(b.add(0.1))", o -> o.a().maximum(o.b().add(0.1))),
  MINIMUM("a.minimum(b.sub(0.1))", o -> o.a().minimum(o.b().sub(0.1))),
  WHERE("b.lt(0.1).where(a, a.mul(0.3))", o -> o.b().lt(0.1).where(o.a(), o.a().mul(0.3))),
  MATMUL("a.matmul(m)", o -> o.a().matmul(o.m())),
  MATMUL_TRANSPOSED("a.matmul(w.t())", o -> o.a().matmul(o.w().t())),
  AFFINE("a.affine(w, r)", o -> o.a().affine(o.w(), o.r())),
  AFFINE_PLAIN("a.affine(w, null)", o -> o.a().affine(o.w(), null)),
  TWO_PRODUCTS(
      "a.matmul(m).tanh().mul(a.matmul(k))",
      o -> o.a().matmul(o.m()).tanh().mul(o.a().matmul(o.k()))),
  GATE(
      "a.matmul(m).add(x.matmul(p)).add(r).sigmoid()",
      o -> o.a().matmul(o.m()).add(o.x().matmul(o.p())).add(o.r()).sigmoid()),
  CANDIDATE(
      "x.affine(q, r).add(a.matmul(m)).tanh()",
      o -> o.x().affine(o.q(), o.r()).add(o.a().matmul(o.m())).tanh()),
  GATED_PRODUCT(
      "a.mul(b).matmul(m).add(x.matmul(p)).tanh()",
      o -> o.a().mul(o.b()).matmul(o.m()).add(o.x().matmul(o.p())).tanh()),
  SUM("a.sum(1).tanh().unsqueeze(1)", o -> o.a().sum(1).tanh().unsqueeze(1)),
  MEAN("a.mean(new int[] {1}, true)", o -> o.a().mean(new int[] {1}, true)),
  MAX("a.sub(a.max(new int[] {1}, true))", o -> o.a().sub(o.a().max(new int[] {1}, true))),
  MIN("a.min(new int[] {1}, true).add(b)", o -> o.a().min(new int[] {1}, true).add(o.b())),
  VAR("a.add(a.var(new int[] {1}, true, 0))", o -> o.a().add(o.a().var(new int[] {1}, true, 0))),
  STD(
      "a.mul(a.add(still).std(new int[] {1}, true, 0).add(1))",
      o -> o.a().mul(o.a().add(o.still()).std(new int[] {1}, true, 0).add(1))),
  NORM(
      "a.div(a.add(still).norm(2, new int[] {1}, true).add(1))",
      o -> o.a().div(o.a().add(o.still()).norm(2, new int[] {1}, true).add(1))),
  PROD("a.tanh().prod(new int[] {1}, true)", o -> o.a().tanh().prod(new int[] {1}, true)),
  PROD_OF_SUM("a.prod(new int[] {1}, true).tanh()", o -> o.a().prod(new int[] {1}, true).tanh()),
  LAYER_NORM("a.layerNorm(1, v, null, 0.1)", o -> o.a().layerNorm(1, o.v(), null, 0.1)),
  SOFTMAX("a.softmax(-1)", o -> o.a().softmax(-1)),
  LOG_SOFTMAX("a.logSoftmax(-1)", o -> o.a().logSoftmax(-1)),
  LOG_SUM_EXP("a.logSumExp(new int[] {1}, true)", o -> o.a().logSumExp(new int[] {1}, true)),
  NARROW("a.narrow(1, n % width, 1)", o -> o.a().narrow(1, o.n() % o.width(), 1)),
  NARROW_HALF(
      "a.narrow(1, width / 2, width - width / 2)",
      o -> o.a().narrow(1, o.width() / 2, o.width() - o.width() / 2)),
  SELECT(
      "a.select(1, n % width).unsqueeze(1)", o -> o.a().select(1, o.n() % o.width()).unsqueeze(1)),
  CHUNK(
      "Tensor.cat(Tensor.cat(List.of(a, b), 1).chunk(2).reversed(), 1)",
      o -> Tensor.cat(Tensor.cat(List.of(o.a(), o.b()), 1).chunk(2).reversed(), 1)),
  CAT("Tensor.cat(List.of(a, b), 1).mul(0.5)", o -> Tensor.cat(List.of(o.a(), o.b()), 1).mul(0.5)),
  CAT_PRODUCT(
      "Tensor.cat(List.of(x, a), 1).matmul(mx)",
      o -> Tensor.cat(List.of(o.x(), o.a()), 1).matmul(o.both())),
  ROLL("a.roll(1, 1)", o -> o.a().roll(1, 1)),
  EXPAND(
      "a.mean(new int[] {1}, true).expand(-1, width)",
      o -> o.a().mean(new int[] {1}, true).expand(-1, o.width())),
  OUTER(
      "a.unsqueeze(2).mul(x.unsqueeze(1)).sum(2)",
      o -> o.a().unsqueeze(2).mul(o.x().unsqueeze(1)).sum(2)),
  PIECES_WEIGHTED("pieces(a).mul(v).sum(1)", o -> o.pieces().mul(o.v()).sum(1)),
  PIECES_OF_EACH_ROW(
      "pieces(a).mul(still.unsqueeze(1)).sum(2)",
      o -> o.pieces().mul(o.still().unsqueeze(1)).sum(2)),
  PIECES_STANDARDISED(
      "pieces(a).layerNorm(1, v, null, 0.1).reshape(B, 2 * width)",
      o -> o.pieces().layerNorm(1, o.v(), null, 0.1).reshape(o.a().extent(0), 2 * o.width())),
  PIECES_AVERAGED(
      "pieces(a).mean(new int[] {1, 2}, true).reshape(B, 1)",
      o -> o.pieces().mean(new int[] {1, 2}, true).reshape(o.a().extent(0), 1)),
  UNSQUEEZE("a.unsqueeze(1).mul(0.7).squeeze(1)", o -> o.a().unsqueeze(1).mul(0.7).squeeze(1)),
  MUL_COLUMN("a.mul(still.narrow(1, 0, 1))", o -> o.a().mul(o.still().narrow(1, 0, 1))),
  ADD_MATRIX_OF_A_ROW("a.add(v.unsqueeze(0))", o -> o.a().add(o.v().unsqueeze(0))),
  MUL_SCALAR("a.mul(v.sum())", o -> o.a().mul(o.v().sum())),
  DROPOUT("a.mul(still)", o -> o.a().mul(o.still())),
  DETACH("a.detach().add(b)", o -> o.a().detach().add(o.b())),
  NO_GRAD(
      "Autograd.noGrad(() -> a.matmul(m)).mul(a.matmul(m))",
      o -> {
        Tensor m = o.m();
        return Autograd.noGrad(() -> o.a().matmul(m)).mul(o.a().matmul(m));
      });

  /** Operands, and captured tensors that fit them. */
  interface Operands {
    Tensor a();

    Tensor b();

    /** One of the step's arguments. */
    Tensor x();

    /** A number of at least 1. */
    int n();

    /** [a, n]. */
    Tensor m();

    /** Another [a, n]. */
    Tensor k();

    /** [x, n]. */
    Tensor p();

    /** [n, x]. */
    Tensor q();

    /** [x + a, n]. */
    Tensor both();

    /** [n, a]. */
    Tensor w();

    /** [a]. */
    Tensor v();

    /** [n]. */
    Tensor r();

    /** [B, a], the same at all steps. */
    Tensor still();

    default int width() {
      return a().extent(1);
    }

    /** Two rows of a's width for each of a, [B, 2, a]. */
    default Tensor pieces() {
      return Tensor.cat(List.of(a(), a().sin()), 1).reshape(a().extent(0), 2, width());
    }
  }

  private final String code;
  private final Function<Operands, Tensor> function;

  RandomOp(String code, Function<Operands, Tensor> function) {
    this.code = code;
    this.function = function;
  }

  Tensor apply(Operands operands) {
    return function.apply(operands);
  }

  String code() {
    return code;
  }
}
