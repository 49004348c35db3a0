package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Steps that compute the same share a plan, unless their derivatives differ. */
class PlanCacheTest {
  private static final int TIME = 4;
  private static final int BATCH = 2;
  private static final int HIDDEN = 3;

  private final Generator generator = new Generator(13);
  private final Tensor w = normal(HIDDEN, HIDDEN);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.5).leaf();
  }

  /** Each step in turn gives the eager results, though all may use one scan's plans. */
  private <X> void assertEachAgrees(
      List<Scan.StepFunction<X, Tensor, Tensor>> steps, X x, List<Tensor> wrt) {
    Scan<X, Tensor, Tensor> shared = Scan.over(steps.getFirst());
    Tensor h = normal(BATCH, HIDDEN);
    for (int i = 0; i < steps.size(); i++) {
      Scan<X, Tensor, Tensor> scan = shared.of(steps.get(i));
      double[] eager = gradients(scan.in(ScanMode.EAGER).run(x, h), wrt, h);
      assertArrayEquals(eager, gradients(scan.run(x, h), wrt, h), 1e-12, "step " + i);
    }
  }

  private static double[] gradients(
      Scan.Result<Tensor, Tensor> result, List<Tensor> wrt, Tensor h) {
    List<Tensor> all = new ArrayList<>(wrt);
    all.add(h);
    Map<Tensor, Tensor> found =
        result.outputs().square().sum().gradients(all.toArray(Tensor[]::new));
    List<Tensor> flat = new ArrayList<>(List.of(result.outputs().reshape(-1)));
    all.forEach(t -> flat.add(found.get(t).reshape(-1)));
    return Tensor.cat(flat, 0).toDoubleArray();
  }

  private static Scan.Next<Tensor, Tensor> both(Tensor next) {
    return new Scan.Next<>(next, next);
  }

  @Test
  void gradientsEndWhereEachStepSays() {
    List<Scan.StepFunction<Tensor, Tensor, Tensor>> steps = new ArrayList<>();
    for (Function<Tensor, Tensor> read :
        List.<Function<Tensor, Tensor>>of(
            h -> h.matmul(w), h -> h.detach().matmul(w), h -> Autograd.noGrad(() -> h.matmul(w)))) {
      steps.add((x, h) -> both(x.add(read.apply(h)).add(h.mul(0.3)).tanh()));
    }
    Tensor x = normal(TIME, BATCH, HIDDEN);
    assertEachAgrees(steps, x, List.of(x, w));
  }

  @Test
  void powersHaveTheirOwnDerivatives() {
    List<Scan.StepFunction<Tensor, Tensor, Tensor>> steps = new ArrayList<>();
    for (double exponent : new double[] {3, 1.7, 2.5}) {
      steps.add((x, h) -> both(x.square().add(0.3).pow(exponent).add(h.mul(0.5)).tanh()));
    }
    Tensor x = normal(TIME, BATCH, HIDDEN);
    assertEachAgrees(steps, x, List.of(x));
  }

  @Test
  void rowsOfPaddingAreEachStepsOwn() {
    Tensor table = normal(5, HIDDEN);
    IntTensor ids = IntTensor.of(Shape.of(TIME, BATCH), 0, 1, 2, 3, 4, 3, 2, 1);
    List<Scan.StepFunction<IntTensor, Tensor, Tensor>> steps = new ArrayList<>();
    steps.add((at, h) -> both(table.embedding(at).add(h.mul(0.5)).tanh()));
    for (int padding : new int[] {2, 3}) {
      steps.add((at, h) -> both(table.embedding(at, padding).add(h.mul(0.5)).tanh()));
    }
    assertEachAgrees(steps, ids, List.of(table));
  }

  /** The rule of sign makes zeros, which the rule of columns writes into zeros of the batch. */
  @Test
  void whatRulesMakeForOneBatchIsNotUsedForAnother() {
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (x, h) -> {
              Tensor signs = Tensor.cat(List.of(x.narrow(1, 0, 1).sign(), x.narrow(1, 1, 2)), 1);
              return both(signs.add(x.tanh()).add(h.mul(0.5)).tanh());
            });
    List<CompiledStep> plans = assertBatchesAgree(scan, List.of(), 2, 5, 3);
    assertSame(plans.get(0), plans.get(1), "one plan serves all batches");
    assertSame(plans.get(1), plans.get(2));
  }

  /** The gradient of a parameter [1, 1] is a sum over rows only where there are several. */
  @Test
  void oneSequenceAndSeveral() {
    Tensor scale = normal(1, 1);
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over((x, h) -> both(x.mul(scale).add(h.mul(0.5)).tanh()));
    assertBatchesAgree(scan, List.of(scale), 1, 2, 1);
    assertBatchesAgree(Scan.over((x, h) -> both(h.add(x).mul(scale))), List.of(scale), 3, 1);
  }

  private List<CompiledStep> assertBatchesAgree(
      Scan<Tensor, Tensor, Tensor> scan, List<Tensor> parameters, int... batches) {
    List<CompiledStep> plans = new ArrayList<>();
    for (int batch : batches) {
      Tensor x = normal(TIME, batch, HIDDEN);
      Tensor h = normal(batch, HIDDEN);
      List<Tensor> wrt = new ArrayList<>(parameters);
      wrt.add(x);
      double[] eager = gradients(scan.in(ScanMode.EAGER).run(x, h), wrt, h);
      assertArrayEquals(eager, gradients(scan.run(x, h), wrt, h), 1e-12, "batch " + batch);
      plans.add(scan.compile(x, h));
    }
    return plans;
  }
}
