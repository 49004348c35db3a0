package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/** What no plan can be made for is refused with the reason, and runs step by step where it may. */
class RefusedStepTest {
  private static final int TIME = 3;

  private final Generator generator = new Generator(19);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.5).leaf();
  }

  private static <X, S, Y> void assertRefused(
      Scan.StepFunction<X, S, Y> step, X x, S initial, String reason) {
    Scan<X, S, Y> scan = Scan.over(step);
    var refusal =
        assertThrows(
            NotCompilableException.class, () -> scan.in(ScanMode.COMPILED).run(TIME, x, initial));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.startsWith(reason), message);
    assertArrayEquals(
        numbers(scan.in(ScanMode.EAGER).run(TIME, x, initial)),
        numbers(scan.in(ScanMode.AUTO).run(TIME, x, initial)));
  }

  private static double[] numbers(Scan.Result<?, ?> result) {
    List<Tensor> all = new ArrayList<>(TensorTree.flatten(result.outputs()));
    all.addAll(TensorTree.flatten(result.state()));
    all.replaceAll(t -> t.to(DType.F64).reshape(-1));
    return Tensor.cat(all, 0).toDoubleArray();
  }

  @Test
  void sumsOverTheBatchAreNoResults() {
    assertRefused(
        (Tensor x, Tensor h) -> new Scan.Next<>(h, h.sub(x.mean(0))),
        normal(TIME, 2, 3),
        normal(2, 3),
        "mul: is applied to a sum or mean over the batch, axis 0 of what a step sees");
    assertRefused(
        (Tensor x, Tensor h) -> new Scan.Next<>(x.sum(0), h.add(x)),
        normal(TIME, 2, 3),
        normal(2, 3),
        "the step returns a tensor of shape [3] that is not a row of the batch");
    assertRefused(
        (Tensor x, Tensor h) -> new Scan.Next<>(x.t().matmul(x), h.add(x)),
        normal(TIME, 2, 3),
        normal(2, 3),
        "the step returns a tensor of shape [3, 3] that is not a row of the batch");
    assertRefused(
        (Tensor x, Tensor h) -> new Scan.Next<>(h, x.sum(0)),
        normal(TIME, 3, 3),
        normal(3),
        "the step returns a tensor of shape [3] that is not a row of the batch");
  }

  @Test
  void aStateWithoutABatch() {
    assertRefused(
        (List<Tensor> none, Tensor count) -> new Scan.Next<>(count, count.add(1)),
        List.of(),
        Tensor.scalar(DType.F64, 0),
        "a step on a tensor of shape [] has no rows");
  }

  @Test
  void aBatchOfNothing() {
    Tensor w = normal(3, 3);
    assertRefused(
        (Tensor x, Tensor h) -> new Scan.Next<>(h, x.matmul(w).add(h).tanh()),
        normal(TIME, 0, 3),
        normal(0, 3),
        "a step on a tensor of shape [3, 0, 3] has no rows");
  }

  @Test
  void inputsAndStatesOfTwoTypes() {
    assertRefused(
        (Tensor x, Tensor h) -> new Scan.Next<>(x.neg(), h.neg()),
        normal(TIME, 2, 3),
        Tensor.ones(DType.F32, Shape.of(2, 3)),
        "the step mixes F64 and F32");
  }

  /** The inner step reads what belongs to the outer. */
  @Test
  void aScanInsideAStep() {
    Tensor memory = normal(4, 2, 3);
    Tensor zeros = Tensor.zeros(DType.F64, Shape.of(2, 3));
    assertRefused(
        (Tensor x, Tensor h) -> {
          Scan<Tensor, Tensor, Tensor> inner =
              Scan.over(
                  (Tensor slot, Tensor sum) -> {
                    Tensor next = h.mul(sum).add(slot).tanh();
                    return new Scan.Next<>(next, next);
                  });
          Tensor next = inner.run(memory, zeros).state().add(x).tanh();
          return new Scan.Next<>(next, next);
        },
        normal(TIME, 2, 3),
        normal(2, 3),
        "stack: has no row-wise form");
  }
}
