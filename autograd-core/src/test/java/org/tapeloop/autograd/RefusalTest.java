package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.spi.Backend;

/** Bad operands are refused by name, with their shapes, before a backend is asked for anything. */
class RefusalTest {
  private static final Backend REFUSING =
      (Backend)
          Proxy.newProxyInstance(
              Backend.class.getClassLoader(),
              new Class<?>[] {Backend.class},
              (proxy, method, arguments) -> {
                throw new AssertionError("a kernel was reached: " + method.getName());
              });

  private static final Tensor SCALAR = Tensor.scalar(1);
  private static final Tensor V2 = Tensor.of(1, 2);
  private static final Tensor V3 = Tensor.of(1, 2, 3);
  private static final Tensor M23 = Tensor.zeros(2, 3);
  private static final Tensor M34 = Tensor.zeros(3, 4);
  private static final Tensor EMPTY = Tensor.zeros(2, 0);
  private static final Tensor DOUBLES = Tensor.ofDoubles(1, 2, 3);
  private static final Tensor SCATTERED = Tensor.zeros(2, 3, 4).permute(2, 1, 0);
  private static final IntTensor IDS = IntTensor.of(0, 1);

  record Case(String message, Supplier<Object> call) {
    @Override
    public String toString() {
      return message;
    }
  }

  private static Case refused(String message, Supplier<Object> call) {
    return new Case(message, call);
  }

  static Stream<Case> cases() {
    return Stream.of(elementwise(), products(), reductions(), shapes(), indices(), layers())
        .flatMap(cases -> cases);
  }

  private static Stream<Case> elementwise() {
    return Stream.of(
        refused(
            "add: shapes [2, 3] and [2] do not broadcast: extents 3 and 2 at axis -1",
            () -> M23.add(V2)),
        refused("add: operand 0 is F32 but operand 1 is F64; convert", () -> V3.add(DOUBLES)),
        refused("sub: shapes [3] and [2] do not broadcast", () -> V3.sub(V2)),
        refused("mul: shapes [3] and [2] do not broadcast", () -> V3.mul(V2)),
        refused("div: shapes [3] and [2] do not broadcast", () -> V3.div(V2)),
        refused("pow: shapes [3] and [2] do not broadcast", () -> V3.pow(V2)),
        refused("pow: operand 0 is F32 but operand 1 is F64", () -> V3.pow(DOUBLES)),
        refused("maximum: shapes [3] and [2] do not broadcast", () -> V3.maximum(V2)),
        refused("minimum: operand 0 is F32 but operand 1 is F64", () -> V3.minimum(DOUBLES)),
        refused("eq: shapes [3] and [2] do not broadcast", () -> V3.eq(V2)),
        refused("lt: shapes [3] and [2] do not broadcast", () -> V3.lt(V2)),
        refused("where: shapes [2] and [3] do not broadcast", () -> V3.where(V2, V3)),
        refused("where: operand 0 is F32 but operand 1 is F64", () -> V3.where(DOUBLES, DOUBLES)),
        refused("where: shapes [3] and [2] do not broadcast", () -> V2.maskedFill(V3, 0)),
        refused("clamp: min 2.0 exceeds max 1.0", () -> V3.clamp(2, 1)),
        refused("clamp: min NaN exceeds max 1.0", () -> V3.clamp(Double.NaN, 1)),
        refused("hardTanh: min 1.0 is not below max 1.0", () -> V3.hardTanh(1, 1)),
        refused("softplus: beta must be finite and not 0, not 0.0", () -> V3.softplus(0)));
  }

  private static Stream<Case> products() {
    return Stream.of(
        refused("matmul: [2, 3] x [2, 3]: inner extents 3 and 2 differ", () -> M23.matmul(M23)),
        refused("matmul: [3] x [2]: inner extents 3 and 2 differ", () -> V3.matmul(V2)),
        refused("matmul: [] x [3]: an operand is a scalar", () -> SCALAR.matmul(V3)),
        refused("matmul: operand 0 is F32 but operand 1 is F64", () -> M23.matmul(DOUBLES)),
        refused(
            "matmul: shapes [2] and [3] do not broadcast",
            () -> Tensor.zeros(2, 4, 3).matmul(Tensor.zeros(3, 3, 4))),
        refused(
            "affine: x [3, 4], weight [2, 3]: the last extent of x is 4 but the weight takes 3",
            () -> M34.affine(M23, null)),
        refused("affine: weight [2, 3] wants a bias of shape [2]", () -> M23.affine(M23, V3)),
        refused("affine: the weight must be [out, in]", () -> M23.affine(V3, null)),
        refused(
            "matmul: operand 0 is F32 but operand 1 is F64",
            () -> SCATTERED.matmul(Tensor.zeros(DType.F64, Shape.of(2, 2)))),
        refused(
            "affine: weight [4, 2] wants a bias of shape [4]",
            () -> SCATTERED.affine(Tensor.zeros(4, 2), V3)),
        refused("affine: x is a scalar", () -> SCALAR.affine(M23, null)));
  }

  private static Stream<Case> reductions() {
    int[] twice = {0, -2};
    return Stream.of(
        refused("sum: axis 2 is out of range for shape [2, 3] of rank 2", () -> M23.sum(2)),
        refused("sum: axis -2 is named twice for shape [2, 3]", () -> M23.sum(twice, true)),
        refused("mean: axis 2 is out of range", () -> M23.mean(2)),
        refused("mean: axis -2 is named twice", () -> M23.mean(twice, false)),
        refused("max: axis -3 is out of range", () -> M23.max(-3)),
        refused("max: shape [2, 0] has no elements to choose from", () -> EMPTY.max(1)),
        refused("min: shape [2, 0] has no elements to choose from", () -> EMPTY.min()),
        refused("var: axis 2 is out of range", () -> M23.var(2)),
        refused("var: axis -2 is named twice", () -> M23.var(twice, false, 1)),
        refused("std: axis 2 is out of range", () -> M23.std(2)),
        refused("norm: axis 2 is out of range", () -> M23.norm(2, new int[] {2}, false)),
        refused("norm: p must be positive, not 0.0", () -> M23.norm(0, new int[] {0}, false)),
        refused(
            "norm: shape [2, 0] has no elements",
            () -> EMPTY.norm(Double.POSITIVE_INFINITY, new int[] {1}, false)),
        refused("prod: axis 2 is out of range", () -> M23.prod(2)),
        refused("logSumExp: axis 2 is out of range", () -> M23.logSumExp(2)),
        refused("cumsum: axis 2 is out of range", () -> M23.cumsum(2)),
        refused("cumsum: axis 0 is out of range for shape [] of rank 0", () -> SCALAR.cumsum(0)),
        refused("argmax: axis 2 is out of range", () -> M23.argmax(2)),
        refused("argmax: axis 1 of shape [2, 0] is empty", () -> EMPTY.argmax(1)),
        refused("softmax: axis 2 is out of range", () -> M23.softmax(2)),
        refused("softmax: axis -1 is out of range for shape []", () -> SCALAR.softmax(-1)),
        refused("logSoftmax: axis 2 is out of range", () -> M23.logSoftmax(2)));
  }

  private static Stream<Case> shapes() {
    return Stream.of(
        refused("reshape: [2, 3] has 6 elements but [4] has 4", () -> M23.reshape(4)),
        refused("reshape: two extents are -1 in [-1, -1]", () -> M23.reshape(-1, -1)),
        refused("reshape: no extent at axis 0 makes [-1, 4] hold", () -> M23.reshape(-1, 4)),
        refused("reshape: no extent at axis 0 makes [-1, 0] hold", () -> EMPTY.reshape(-1, 0)),
        refused("shape: extent -2 in [-2, 3] is negative", () -> M23.reshape(-2, 3)),
        refused("view: [2, 3] has 6 elements but [4] has 4", () -> M23.view(4)),
        refused("view: [3, 2] as [6] needs a copy; use reshape", () -> M23.t().view(6)),
        refused("permute: axis 0 is named twice for shape [2, 3]", () -> M23.permute(0, 0)),
        refused("permute: 1 axes given for shape [2, 3] of rank 2", () -> M23.permute(0)),
        refused("permute: axis 2 is out of range", () -> M23.permute(0, 2)),
        refused("transpose: axis 2 is out of range", () -> M23.transpose(0, 2)),
        refused("transpose: axis -2 is out of range for shape [3]", V3::t),
        refused("slice: step must be at least 1, not 0", () -> M23.slice(0, 0, 1, 0)),
        refused("slice: axis 2 is out of range", () -> M23.slice(2, 0, 1)),
        refused(
            "narrow: 2 elements from 2 are not all inside axis 1 of shape [2, 3]",
            () -> M23.narrow(1, 2, 2)),
        refused("narrow: -1 elements from 0", () -> M23.narrow(1, 0, -1)),
        refused(
            "select: index 3 is out of range at axis 1 of shape [2, 3]", () -> M23.select(1, 3)),
        refused("select: index -4 is out of range", () -> M23.select(1, -4)),
        refused("chunk: the number of chunks must be at least 1, not 0", () -> M23.chunk(0)),
        refused("chunk: axis 2 is out of range", () -> M23.chunk(2, 2)),
        refused(
            "split: sizes [1, 1] add up to 2, not to the extent of axis 1 of shape [2, 3]",
            () -> M23.split(new int[] {1, 1}, 1)),
        refused("split: size -1 is negative", () -> M23.split(new int[] {4, -1}, 1)),
        refused("unstack: axis 2 is out of range", () -> M23.unstack(2)),
        refused(
            "cat: shapes [2, 3] and [3, 4] differ outside axis 0",
            () -> Tensor.cat(List.of(M23, M34), 0)),
        refused("cat: shapes [2, 3] and [3] differ", () -> Tensor.cat(List.of(M23, V3), 0)),
        refused("cat: no tensors given", () -> Tensor.cat(List.of(), 0)),
        refused("cat: axis 0 is out of range for shape []", () -> Tensor.cat(List.of(SCALAR), 0)),
        refused(
            "cat: operand 0 is F32 but operand 1 is F64",
            () -> Tensor.cat(List.of(V3, DOUBLES), 0)),
        refused("stack: shapes [2] and [3] differ", () -> Tensor.stack(List.of(V2, V3), 0)),
        refused("stack: a new axis 2 is out of range", () -> Tensor.stack(List.of(V2, V2), 2)),
        refused("stack: no tensors given", () -> Tensor.stack(List.of(), 0)),
        refused("flip: axis 2 is out of range", () -> M23.flip(0, 2)),
        refused("flip: axis -2 is named twice for shape [2, 3]", () -> M23.flip(0, -2)),
        refused("roll: axis 2 is out of range", () -> M23.roll(1, 2)),
        refused("expand: shape [2, 3] does not stretch to [3]", () -> M23.expand(3)),
        refused("expand: shapes [2, 3] and [4, 3] do not broadcast", () -> M23.expand(4, 3)),
        refused("squeeze: axis 2 is out of range", () -> M23.squeeze(2)),
        refused("unsqueeze: a new axis 3 is out of range", () -> M23.unsqueeze(3)));
  }

  private static Stream<Case> indices() {
    return Stream.of(
        refused("embedding: the table must be [rows, features]", () -> V3.embedding(IDS)),
        refused(
            "embedding: index 2, element 0 of shape [1], is not in 0..1",
            () -> M23.embedding(IntTensor.of(2))),
        refused("embedding: padding row 2 is not in the table", () -> M23.embedding(IDS, 2)),
        refused("gather: index [2] does not fit [2, 3] along axis 0", () -> M23.gather(0, IDS)),
        refused("gather: axis 1 is out of range", () -> V3.gather(1, IDS)),
        refused("gather: index -1", () -> V3.gather(0, IntTensor.of(-1))),
        refused(
            "scatterAdd: index [2] and source [3] differ in shape",
            () -> V3.scatterAdd(0, IDS, V3)),
        refused("scatterAdd: index 3", () -> V3.scatterAdd(0, IntTensor.of(0, 3), V2)),
        refused(
            "scatterAdd: operand 0 is F64 but operand 1 is F32",
            () -> DOUBLES.scatterAdd(0, IDS, V2)),
        refused("indexSelect: axis 1 is out of range", () -> V3.indexSelect(1, IDS)),
        refused(
            "indexSelect: index 3, element 1 of shape [2], is not in 0..2",
            () -> V3.indexSelect(0, IntTensor.of(0, 3))),
        refused(
            "indexSelect: the index must be a vector but has shape [1, 1]",
            () -> V3.indexSelect(0, IntTensor.of(Shape.of(1, 1), 0))));
  }

  private static Stream<Case> layers() {
    RandomStream stream = new RandomStream(1, 1);
    return Stream.of(
        refused(
            "layerNorm: 3 last axes asked for of shape [2, 3]",
            () -> M23.layerNorm(3, null, null, 1e-5)),
        refused("layerNorm: 0 last axes", () -> M23.layerNorm(0, null, null, 1e-5)),
        refused(
            "layerNorm: x F32 [2, 3] wants a weight [3], not F32 [2]",
            () -> M23.layerNorm(1, V2, null, 1e-5)),
        refused(
            "layerNorm: x F32 [2, 3] wants a bias [3], not F64 [3]",
            () -> M23.layerNorm(1, V3, DOUBLES, 1e-5)),
        refused("layerNorm: eps must not be negative", () -> M23.layerNorm(1, null, null, -1e-5)),
        refused(
            "dropout: the probability must lie in [0, 1], not 1.5", () -> V3.dropout(1.5, stream)),
        refused("dropout: the probability must lie in [0, 1]", () -> V3.dropout(-1, V3)),
        refused("dropout: with p = 1 no mask keeps anything", () -> V3.dropout(1, V3)),
        refused("dropout: shapes [3] and [2] do not broadcast", () -> V3.dropout(0.5, V2)),
        refused("dropout: a mask [2, 3] does not stretch to [3]", () -> V3.dropout(0.5, M23)),
        refused(
            "crossEntropy: logits [2, 3] with classes along axis 1 want targets [2], not [1]",
            () -> M23.crossEntropy(IntTensor.of(0))),
        refused("crossEntropy: logits are a scalar", () -> SCALAR.crossEntropy(IDS)),
        refused(
            "crossEntropy: target 3, element 1 of shape [2], is not in 0..2",
            () -> M23.crossEntropy(IntTensor.of(0, 3))),
        refused("crossEntropy: target -1", () -> M23.crossEntropy(IntTensor.of(0, -1))),
        refused(
            "crossEntropy: logits F32 [2, 3] want 3 class weights, not F32 [2]",
            () -> M23.crossEntropy(IDS, CrossEntropy.MEAN.weighted(V2))),
        refused(
            "crossEntropy: class weights must be a vector, not of shape [2, 3]",
            () -> CrossEntropy.MEAN.weighted(M23)),
        refused(
            "crossEntropy: label smoothing must lie in [0, 1], not 2.0",
            () -> CrossEntropy.MEAN.smoothing(2)),
        refused("mse: F32 [3] and target F32 [2] differ", () -> V3.mse(V2)),
        refused("mse: F32 [3] and target F64 [3] differ", () -> V3.mse(DOUBLES)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void badOperandsAreRefusedBeforeAnyKernelRuns(Case c) {
    var e =
        assertThrows(RuntimeException.class, () -> Backends.use(REFUSING, () -> c.call().get()));
    assertTrue(
        e instanceof IllegalArgumentException || e instanceof IndexOutOfBoundsException,
        e.toString());
    assertTrue(e.getMessage().startsWith(c.message()), e.getMessage());
  }

  @Test
  void theBackendThatRefusesEverythingDoesSo() {
    var e = assertThrows(AssertionError.class, () -> Backends.use(REFUSING, () -> V3.add(1)));
    assertEquals("a kernel was reached: binary", e.getMessage());
  }
}
