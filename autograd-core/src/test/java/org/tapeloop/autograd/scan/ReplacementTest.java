package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Values take the place of others that nobody reads any more, and of none that somebody does. */
class ReplacementTest {
  private static final int HIDDEN = 3;

  private final Generator generator = new Generator(3);
  private final Tensor w = normal(HIDDEN, HIDDEN);
  private final Tensor u = normal(HIDDEN, HIDDEN);
  private final Tensor x = normal(4, 2, HIDDEN);
  private final Tensor h = normal(2, HIDDEN);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 1).leaf();
  }

  private static Plan.Back back(CompiledStep step) {
    CompiledStep.Derivative derivative = step.derivative();
    assertNotNull(derivative);
    return derivative.plan();
  }

  private static int width(List<Buffers.Buffer> buffers, Class<? extends Buffers.Kind> kind) {
    return buffers.stream()
        .filter(buffer -> kind.isInstance(buffer.kind()))
        .mapToInt(Buffers.Buffer::width)
        .sum();
  }

  private List<double[]> results(Scan<Tensor, Tensor, Tensor> scan) {
    var result = scan.run(x, h);
    Tensor loss = result.outputs().sin().sum().add(result.state().square().sum());
    List<Tensor> wrt = List.of(w, u, x, h);
    Map<Tensor, Tensor> gradients = loss.gradients(wrt);
    List<double[]> all = new ArrayList<>();
    all.add(result.outputs().toDoubleArray());
    all.add(result.state().toDoubleArray());
    wrt.forEach(t -> all.add(gradients.get(t).toDoubleArray()));
    return all;
  }

  private void assertEqualsEager(Scan<Tensor, Tensor, Tensor> scan) {
    List<double[]> expected = results(scan.in(ScanMode.EAGER));
    List<double[]> actual = results(scan.in(ScanMode.COMPILED));
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), 1e-12, "result " + i);
    }
  }

  @Test
  void aCotangentStandsWhereTheActivationStood() {
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor s) -> {
              Tensor gate = xt.matmul(w).add(s.matmul(u)).sigmoid();
              Tensor next = s.add(gate.mul(xt.sub(s)));
              return new Scan.Next<>(next, next);
            });
    CompiledStep step = scan.compile(x, h);
    assertEquals(HIDDEN, width(step.plan().buffers(), Buffers.Kept.class), "the gate");
    assertTrue(back(step).replaces());
    assertTrue(
        back(step).sums().stream()
            .map(Plan.Sum::b)
            .allMatch(at -> at != null && at.buffer() < step.plan().buffers().size()),
        "what gradients of both weights are summed from");
    assertEqualsEager(scan);
  }

  @Test
  void aKeptValueStandsWhereTheHoistedProductStood() {
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor s) -> {
              Tensor gate = xt.matmul(w).add(s.matmul(u).sin()).sigmoid();
              Tensor next = gate.mul(s).sin();
              return new Scan.Next<>(next, next);
            });
    CompiledStep step = scan.compile(x, h);
    CompiledStep apart = Pass.without(List.of(Pass.ACCUMULATE), () -> scan.compile(x, h));
    assertEquals(
        HIDDEN,
        width(apart.plan().buffers(), Buffers.Kept.class)
            - width(step.plan().buffers(), Buffers.Kept.class));
    assertEqualsEager(scan);
  }

  @Test
  void anOutputIsNotReplaced() {
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor s) -> {
              Tensor gate = xt.matmul(w).add(s.matmul(u)).sigmoid();
              return new Scan.Next<>(gate, s.add(gate.mul(s)));
            });
    CompiledStep step = scan.compile(x, h);
    Location output = step.plan().outputs().getFirst();
    assertTrue(
        back(step).sums().stream()
            .map(Plan.Sum::b)
            .noneMatch(at -> at != null && at.overlaps(output)),
        "the gate's cotangent has a place of its own");
    assertEqualsEager(scan);
  }

  /** A row times one of the columns that its cotangent would replace. */
  @Test
  void columnsThatStandForARowAreNotReplacedByIt() {
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor s) -> {
              Tensor a = s.matmul(u).tanh();
              Tensor y = xt.mul(a.narrow(1, 1, 1));
              return new Scan.Next<>(y, a.add(y.matmul(w)));
            });
    assertEqualsEager(scan);
  }

  @Test
  void gainsAreAddedUpInTheLoop() {
    Tensor gain = normal(HIDDEN);
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor s) -> {
              Tensor next = xt.matmul(w).add(s.matmul(u)).layerNorm(1, gain, null, 1e-5).tanh();
              return new Scan.Next<>(next, next);
            });
    Plan.Back plan = back(scan.compile(x, h));
    assertEquals(1, plan.totals().size());
    assertEquals(1, plan.sums().stream().filter(Plan.Sum::inLoop).count());
    Plan.Back apart = Pass.without(List.of(Pass.ACCUMULATE), () -> back(scan.compile(x, h)));
    assertEquals(0, apart.totals().size());
    assertFalse(apart.replaces());
    assertEqualsEager(scan);
  }
}
