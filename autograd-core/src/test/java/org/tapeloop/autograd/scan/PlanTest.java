package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.RowProgram;

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
    assertEquals(INPUTS, stacked, "the input's gradient; the gates' cotangents replace the gates");
  }

  @Test
  void anLstmWithTwoProducts() {
    assertExpertPlan(twoProducts());
  }

  @Test
  void anLstmWithOneMatrixForInputAndState() {
    assertExpertPlan(concatenated());
  }

  /** A matrix and a bias for each gate. */
  private Scan<Tensor, State, Tensor> oneByOne() {
    List<Tensor> w = new ArrayList<>();
    List<Tensor> u = new ArrayList<>();
    List<Tensor> b = new ArrayList<>();
    for (int gate = 0; gate < 4; gate++) {
      w.add(normal(INPUTS, HIDDEN));
      u.add(normal(HIDDEN, HIDDEN));
      b.add(normal(HIDDEN));
    }
    return Scan.over(
        (Tensor xt, State s) -> {
          List<Tensor> sums = new ArrayList<>();
          for (int k = 0; k < 4; k++) {
            sums.add(xt.matmul(w.get(k)).add(s.h().matmul(u.get(k))).add(b.get(k)));
          }
          return lstm(Tensor.cat(sums, 1), s);
        });
  }

  @Test
  void anLstmWithEightMatrices() {
    Scan<Tensor, State, Tensor> scan = oneByOne();
    assertExpertPlan(scan);
    CompiledStep.Derivative derivative = scan.compile(x, start).derivative();
    assertTrue(derivative != null);
    assertEquals(
        List.of(INPUTS * 4 * HIDDEN, HIDDEN * 4 * HIDDEN, 4 * HIDDEN),
        derivative.plan().sums().stream().map(sum -> sum.value().width).toList(),
        "the gradients of each kind of parameter are one sum");
    String text = scan.explain(x, start);
    assertTrue(text.contains("[#0 #3 #6 #9]: 3 -> 20 columns"), text);
    assertTrue(text.contains("merged from 4"), text);
  }

  /** Zhou et al. 2016: two gates, one after the other. */
  @Test
  void aMinimalGatedUnitWithFourMatrices() {
    Tensor wf = normal(INPUTS, HIDDEN);
    Tensor wu = normal(INPUTS, HIDDEN);
    Tensor uf = normal(HIDDEN, HIDDEN);
    Tensor uu = normal(HIDDEN, HIDDEN);
    Tensor bf = normal(HIDDEN);
    Tensor bu = normal(HIDDEN);
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor h) -> {
              Tensor f = xt.matmul(wf).add(h.matmul(uf)).add(bf).sigmoid();
              Tensor u = xt.matmul(wu).add(f.mul(h).matmul(uu)).add(bu).tanh();
              Tensor next = h.add(f.mul(u.sub(h)));
              return new Scan.Next<>(next, next);
            });
    CompiledStep step = scan.compile(x, start.h());
    assertEquals(1, products(step.plan().before()), "both products of x are one");
    assertEquals(0, programs(step.plan().before()));
    assertEquals(2, products(step.plan().loop()));
    assertEquals(2, programs(step.plan().loop()));
    CompiledStep.Derivative derivative = step.derivative();
    assertTrue(derivative != null);
    Plan.Back back = derivative.plan();
    assertTrue(back.before().isEmpty());
    assertEquals(2, products(back.loop()));
    assertEquals(1, products(back.after()), "the input's gradient is one product");
    assertEquals(0, programs(back.after()));
    assertEquals(4, back.sums().size(), "one for both products of x, one for both biases");
    int kept =
        step.plan().buffers().stream()
            .filter(b -> b.kind() instanceof Buffers.Kept || b.kind() instanceof Buffers.States)
            .mapToInt(Buffers.Buffer::width)
            .sum();
    assertEquals(4 * HIDDEN, kept, "two gates, the state, and what f * h is multiplied from");
  }

  /** Cho et al. 2014: the reset gate comes before the product. */
  @Test
  void aGatedRecurrentUnitWithSixMatrices() {
    List<Tensor> w =
        List.of(normal(INPUTS, HIDDEN), normal(INPUTS, HIDDEN), normal(INPUTS, HIDDEN));
    List<Tensor> u =
        List.of(normal(HIDDEN, HIDDEN), normal(HIDDEN, HIDDEN), normal(HIDDEN, HIDDEN));
    List<Tensor> b = List.of(normal(HIDDEN), normal(HIDDEN), normal(HIDDEN));
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor h) -> {
              Tensor n = xt.matmul(w.get(0)).add(b.get(0));
              Tensor r = xt.matmul(w.get(1)).add(h.matmul(u.get(1))).add(b.get(1)).sigmoid();
              Tensor z = xt.matmul(w.get(2)).add(h.matmul(u.get(2))).add(b.get(2)).sigmoid();
              Tensor candidate = n.add(r.mul(h).matmul(u.get(0))).tanh();
              Tensor next = candidate.add(z.mul(h.sub(candidate)));
              return new Scan.Next<>(next, next);
            });
    CompiledStep step = scan.compile(x, start.h());
    assertEquals(1, products(step.plan().before()), "products of x");
    assertEquals(0, programs(step.plan().before()));
    assertEquals(2, products(step.plan().loop()), "both gates, and the candidate");
    assertTrue(
        step.plan().loop().levels().stream()
            .flatMap(level -> level.products().stream())
            .allMatch(Stage.ProductStep::accumulate),
        "products are added to columns of the hoisted one");
    CompiledStep.Derivative derivative = step.derivative();
    assertTrue(derivative != null);
    assertEquals(2, products(derivative.plan().loop()));
    assertEquals(1, products(derivative.plan().after()));
    assertEquals(4, derivative.plan().sums().size(), "of x, h, r * h and of the biases");
  }

  /** Gains, biases and all: products and sums of rows, and one instruction a layer norm. */
  @Test
  void aLayerNormIsTwoInstructionsForwardAndOneBackward() {
    Tensor w = normal(INPUTS, HIDDEN);
    Tensor u = normal(HIDDEN, HIDDEN);
    Tensor gain = normal(HIDDEN);
    Tensor b = normal(HIDDEN);
    Tensor d = normal(HIDDEN);
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor h) -> {
              Tensor z = xt.matmul(w).layerNorm(1, gain, b, 1e-5);
              Tensor next = z.add(h.matmul(u).layerNorm(1, gain, d, 1e-5)).tanh();
              return new Scan.Next<>(next, next);
            });
    CompiledStep step = scan.compile(x, normal(BATCH, HIDDEN));
    assertEquals(
        List.of(
            "InverseDeviation",
            "Standardise",
            "Binary MUL",
            "InverseDeviation",
            "Standardise",
            "Binary MUL",
            "Binary ADD",
            "Binary ADD",
            "Unary TANH"),
        instructions(step.plan().loop()));
    CompiledStep.Derivative derivative = step.derivative();
    assertTrue(derivative != null);
    List<String> back = instructions(derivative.plan().loop());
    assertEquals(2, back.stream().filter("StandardiseGradient"::equals).count(), back.toString());
    int sums = derivative.plan().totals().size();
    assertEquals(3, sums, "of both uses of the gain, and of the biases");
    assertTrue(back.size() - sums <= 8, back.toString());
  }

  private static List<String> instructions(Stage stage) {
    return stage.levels().stream()
        .flatMap(level -> level.program().instructions().stream())
        .map(
            instruction ->
                switch (instruction) {
                  case RowProgram.Unary(var kernel, var x, var out) -> "Unary " + kernel;
                  case RowProgram.Binary(var kernel, var a, var b, var out) -> "Binary " + kernel;
                  default -> instruction.getClass().getSimpleName();
                })
        .toList();
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
  void columnsThatAreOnlyRepeatedAreNotKept() {
    int n = 4;
    Scan<Tensor, Tensor, Tensor> memory =
        Scan.over(
            (Tensor xt, Tensor held) -> {
              Tensor key = xt.narrow(1, 0, n).unsqueeze(1);
              Tensor value = xt.narrow(1, n, n).tanh().unsqueeze(2);
              Tensor query = xt.narrow(1, 2 * n, n).tanh().unsqueeze(1);
              Tensor next = held.add(value.mul(key));
              return new Scan.Next<>(next.mul(query).sum(2).tanh(), next);
            });
    CompiledStep step = memory.compile(normal(TIME, BATCH, 3 * n), normal(BATCH, n, n));
    assertTrue(step.derivative() != null);
    int kept =
        step.plan().buffers().stream()
            .filter(b -> b.kind() instanceof Buffers.Kept || b.kind() instanceof Buffers.States)
            .mapToInt(Buffers.Buffer::width)
            .sum();
    assertEquals(
        n * n + 3 * n, kept, "memory, outputs, and what the matrices are written out from");
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
