package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** The plans of known cells have the structure that an expert would have given them. */
class PlanTest {
  private static final int INPUTS = 3;
  private static final int HIDDEN = 5;
  private static final int TIME = 4;
  private static final int BATCH = 2;

  private final Generator generator = new Generator(11);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F32, Shape.of(extents), 0, 1).leaf();
  }

  record State(Tensor h, Tensor c) {}

  private final Tensor x = normal(TIME, BATCH, INPUTS);
  private final State start = new State(normal(BATCH, HIDDEN), normal(BATCH, HIDDEN));

  private static Scan.Next<State, Tensor> lstm(Tensor z, State s) {
    var gates = z.chunk(4);
    var c = gates.get(1).sigmoid().mul(s.c()).add(gates.get(0).sigmoid().mul(gates.get(2).tanh()));
    var h = gates.get(3).sigmoid().mul(c.tanh());
    return new Scan.Next<>(h, new State(h, c));
  }

  /** As PyTorch writes it, with two biases. */
  private Scan<Tensor, State, Tensor> twoProducts() {
    Tensor w = normal(4 * HIDDEN, INPUTS);
    Tensor u = normal(4 * HIDDEN, HIDDEN);
    Tensor b = normal(4 * HIDDEN);
    Tensor d = normal(4 * HIDDEN);
    return Scan.over((Tensor xt, State s) -> lstm(xt.affine(w, b).add(s.h().affine(u, d)), s));
  }

  /** As papers write it, with one matrix for input and state together. */
  private Scan<Tensor, State, Tensor> concatenated() {
    Tensor w = normal(INPUTS + HIDDEN, 4 * HIDDEN);
    Tensor b = normal(4 * HIDDEN);
    return Scan.over(
        (Tensor xt, State s) -> lstm(Tensor.cat(List.of(xt, s.h()), 1).matmul(w).add(b), s));
  }

  private static int products(Stage stage) {
    return stage.levels().stream().mapToInt(level -> level.products().size()).sum();
  }

  private static int programs(Stage stage) {
    return (int)
        stage.levels().stream().filter(level -> !level.program().instructions().isEmpty()).count();
  }

  private void assertExpertPlan(Scan<Tensor, State, Tensor> scan) {
    CompiledStep step = scan.compile(x, start);
    Plan plan = step.plan();
    assertEquals(1, products(plan.before()), "hoisted products");
    assertEquals(0, programs(plan.before()), "passes over what was hoisted");
    assertEquals(1, products(plan.loop()), "products a step");
    assertEquals(1, programs(plan.loop()), "programs a step");
    assertTrue(plan.after().isEmpty(), "nothing is left to do after the loop");
    CompiledStep.Derivative derivative = step.derivative();
    assertTrue(derivative != null);
    Plan.Back back = derivative.plan();
    assertTrue(back.before().isEmpty(), "nothing can be done before the loop backward");
    assertEquals(1, products(back.loop()), "products a step backward");
    assertEquals(1, programs(back.loop()), "programs a step backward");
    assertEquals(1, products(back.after()), "the input's gradient is one product for all steps");
    assertEquals(0, programs(back.after()));
    int kept =
        plan.buffers().stream()
            .filter(b -> b.kind() instanceof Buffers.Kept || b.kind() instanceof Buffers.States)
            .mapToInt(Buffers.Buffer::width)
            .sum();
    assertTrue(kept <= 7 * HIDDEN, "kept a step: " + kept + " for " + HIDDEN + " units");
    int stacked =
        back.buffers().stream()
            .filter(b -> b.kind() instanceof Buffers.Steps)
            .mapToInt(Buffers.Buffer::width)
            .sum();
    assertEquals(4 * HIDDEN + INPUTS, stacked, "the gates' cotangents and the input's gradient");
  }

  @Test
  void anLstmWithTwoProducts() {
    assertExpertPlan(twoProducts());
  }

  @Test
  void anLstmWithOneMatrixForInputAndState() {
    assertExpertPlan(concatenated());
  }

  @Test
  void withoutGradientsTheLoopKeepsStatesOnly() {
    CompiledStep step = Autograd.noGrad(() -> twoProducts().compile(x, start));
    assertEquals(null, step.derivative());
    int kept =
        step.plan().buffers().stream()
            .filter(b -> b.kind() instanceof Buffers.Kept)
            .mapToInt(Buffers.Buffer::width)
            .sum();
    assertEquals(4 * HIDDEN, kept, "the hoisted product alone");
  }

  @Test
  void anOutputLayerInTheStepIsComputedAfterTheLoop() {
    Tensor u = normal(HIDDEN, HIDDEN);
    Tensor v = normal(HIDDEN, 7);
    Tensor w = normal(INPUTS, HIDDEN);
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor h) -> {
              Tensor next = xt.matmul(w).add(h.matmul(u)).tanh();
              return new Scan.Next<>(next.matmul(v), next);
            });
    CompiledStep step = scan.compile(x, normal(BATCH, HIDDEN));
    assertEquals(1, products(step.plan().loop()));
    assertEquals(1, products(step.plan().after()));
    CompiledStep.Derivative derivative = step.derivative();
    assertTrue(derivative != null);
    assertEquals(1, products(derivative.plan().before()), "the output's cotangent comes first");
  }

  @Test
  void aPlanIsExplainedInWords() {
    assertTrue(twoProducts().explain(x, start).contains("5 add"));
    String text = concatenated().explain(x, start);
    for (String part :
        List.of(
            "scan of 4 steps, batch 2, backend reference",
            "hoisted",
            "#0 is a captured tensor [8, 20]",
            "#0[0..2, 0..19]",
            "#0[3..7, 0..19]",
            "tanh gradient",
            "deferred",
            "35 numbers a sequence and step")) {
      assertTrue(text.contains(part), () -> "'" + part + "' is missing from\n" + text);
    }
  }
}
