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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** What each pass of planning does, seen by leaving it out. Results do not depend on it. */
class PassTest {
  private static final int INPUTS = 3;
  private static final int HIDDEN = 4;

  private final Generator generator = new Generator(5);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.5).leaf();
  }

  record State(Tensor h, Tensor c) {}

  private final Tensor x = normal(5, 2, INPUTS);
  private final State start = new State(normal(2, HIDDEN), normal(2, HIDDEN));
  private final List<Tensor> parameters = new ArrayList<>();

  private Tensor parameter(int... extents) {
    parameters.add(normal(extents));
    return parameters.getLast();
  }

  /** Gates with matrices of their own, and a candidate with one for input and state together. */
  private final Scan<Tensor, State, Tensor> lstm = lstm();

  private Scan<Tensor, State, Tensor> lstm() {
    List<Tensor> w = new ArrayList<>();
    List<Tensor> u = new ArrayList<>();
    List<Tensor> b = new ArrayList<>();
    for (int gate = 0; gate < 3; gate++) {
      w.add(parameter(INPUTS, HIDDEN));
      u.add(parameter(HIDDEN, HIDDEN));
      b.add(parameter(HIDDEN));
    }
    Tensor both = parameter(INPUTS + HIDDEN, HIDDEN);
    return Scan.over(
            (Tensor xt, State s) -> {
              List<Tensor> gates = new ArrayList<>();
              for (int k = 0; k < 3; k++) {
                Tensor sum = xt.matmul(w.get(k)).add(s.h().matmul(u.get(k))).add(b.get(k));
                gates.add(sum.sigmoid());
              }
              Tensor g = Tensor.cat(List.of(xt, s.h()), 1).matmul(both).tanh();
              Tensor c = gates.get(1).mul(s.c()).add(gates.get(0).mul(g));
              Tensor h = gates.get(2).mul(c.tanh());
              return new Scan.Next<>(h, new State(h, c));
            })
        .in(ScanMode.COMPILED);
  }

  private List<double[]> results(Scan<Tensor, State, Tensor> scan) {
    var result = scan.run(x, start);
    Tensor loss = result.outputs().square().sum().add(result.state().c().sin().sum());
    List<Tensor> wrt = new ArrayList<>(parameters);
    wrt.addAll(List.of(x, start.h(), start.c()));
    Map<Tensor, Tensor> gradients = loss.gradients(wrt);
    List<double[]> all = new ArrayList<>();
    all.add(result.outputs().toDoubleArray());
    wrt.forEach(t -> all.add(gradients.get(t).toDoubleArray()));
    return all;
  }

  @ParameterizedTest
  @EnumSource(Pass.class)
  void resultsDoNotDependOnAPass(Pass pass) {
    List<double[]> expected = results(lstm.in(ScanMode.EAGER));
    List<double[]> actual = Pass.without(List.of(pass), () -> results(lstm));
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), 1e-12, "result " + i);
    }
  }

  private CompiledStep without(Pass... passes) {
    return Pass.without(List.of(passes), () -> lstm.compile(x, start));
  }

  private static List<Stage.ProductStep> products(Stage stage) {
    return stage.levels().stream().flatMap(level -> level.products().stream()).toList();
  }

  private static Plan.Back back(CompiledStep step) {
    CompiledStep.Derivative derivative = step.derivative();
    assertNotNull(derivative);
    return derivative.plan();
  }

  private static int kept(CompiledStep step) {
    return step.plan().buffers().stream()
        .filter(b -> b.kind() instanceof Buffers.Kept)
        .mapToInt(Buffers.Buffer::width)
        .sum();
  }

  private static long programs(Stage stage) {
    return stage.levels().stream().filter(l -> !l.program().instructions().isEmpty()).count();
  }

  @Test
  void hoistingTakesProductsOutOfTheLoop() {
    assertFalse(without().plan().before().isEmpty());
    CompiledStep step = without(Pass.HOIST);
    assertTrue(step.plan().before().isEmpty());
    assertTrue(step.plan().after().isEmpty());
    assertTrue(back(step).before().isEmpty());
    assertTrue(back(step).after().isEmpty());
  }

  @Test
  void mergingMakesOneProductOfThoseWithOneSide() {
    assertEquals(1, products(without().plan().loop()).size());
    assertEquals(1, products(back(without()).loop()).size());
    assertEquals(4, products(without(Pass.MERGE).plan().loop()).size());
    assertEquals(4, products(back(without(Pass.MERGE)).loop()).size());
  }

  @Test
  void splittingLeavesNothingOfTheInputInTheLoop() {
    assertEquals(
        HIDDEN, products(without().plan().loop()).getFirst().matrix().rows(), "rows in the loop");
    assertTrue(
        products(without(Pass.SPLIT).plan().loop()).stream()
            .anyMatch(product -> product.matrix().rows() == INPUTS + HIDDEN));
  }

  @Test
  void accumulatingAddsProductsToWhatStands() {
    assertTrue(products(without().plan().loop()).stream().allMatch(Stage.ProductStep::accumulate));
    CompiledStep step = without(Pass.ACCUMULATE);
    assertTrue(products(step.plan().loop()).stream().noneMatch(Stage.ProductStep::accumulate));
    assertTrue(kept(step) > kept(without()), "nothing kept replaces a sum");
    assertTrue(back(without()).replaces());
    assertFalse(back(step).replaces(), "no cotangent replaces an activation");
  }

  @Test
  void recomputingKeepsLess() {
    Tensor u = normal(HIDDEN, HIDDEN);
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor h) -> {
              Tensor s = xt.mul(u.sum()).sum(1).unsqueeze(1).add(h.matmul(u)).sigmoid();
              Tensor square = s.mul(s);
              Tensor next = square.tanh().mul(square);
              return new Scan.Next<>(next, next);
            });
    int less = kept(scan.compile(x, start.h()));
    int more = kept(Pass.without(List.of(Pass.RECOMPUTE), () -> scan.compile(x, start.h())));
    assertEquals(HIDDEN, more - less, "the square is computed again from its root");
  }

  @Test
  void fusingMakesOneProgramOfAllThatStandsBetweenProducts() {
    assertEquals(1, programs(without().plan().loop()));
    assertTrue(programs(without(Pass.FUSE).plan().loop()) > 10);
    assertTrue(
        without(Pass.FUSE).plan().loop().levels().stream()
            .allMatch(level -> level.program().registers().isEmpty()));
  }
}
