package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.nn.cell.LayerNormLstmCell;

/** {@code docs/reading-a-plan.md} shows what the compiler prints, word for word. */
class PlanPageTest {
  private static final int TIME = 35;
  private static final int BATCH = 20;
  private static final int SIZE = 200;

  private final Generator generator = new Generator(1);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F32, Shape.of(extents), 0, 0.1).leaf();
  }

  private final Tensor x = normal(TIME, BATCH, SIZE);

  private static void assertShown(String plan) throws IOException {
    String page = Files.readString(new DocumentedPage("docs/reading-a-plan.md").path());
    assertTrue(page.contains("```\n" + plan + "```\n"), () -> "the page doesn't show\n" + plan);
  }

  private <S> String plan(RecurrentCell<S> cell) {
    Scan<Tensor, S, Tensor> scan =
        Scan.over(
            (Tensor xt, S state) -> {
              Step<S> step = cell.step(xt, state);
              return new Scan.Next<>(step.output(), step.state());
            });
    return plan(scan, cell.initialState(BATCH));
  }

  private <S> String plan(Scan<Tensor, S, Tensor> scan, S start) {
    assumeTrue(Backends.names().contains("vector"), "the plans on the page are those of vector");
    return Backends.use(Backends.named("vector", 1), () -> scan.explain(x, start));
  }

  @Test
  void thePlanOfAnLstm() throws IOException {
    assertShown(plan(new LstmCell(SIZE, SIZE, generator)));
  }

  @Test
  void thePlanOfAMinimalGatedUnit() throws IOException {
    Tensor wf = normal(SIZE, SIZE);
    Tensor wu = normal(SIZE, SIZE);
    Tensor uf = normal(SIZE, SIZE);
    Tensor uu = normal(SIZE, SIZE);
    Tensor bf = normal(SIZE);
    Tensor bu = normal(SIZE);
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor h) -> {
              Tensor f = xt.matmul(wf).add(h.matmul(uf)).add(bf).sigmoid();
              Tensor u = xt.matmul(wu).add(f.mul(h).matmul(uu)).add(bu).tanh();
              Tensor next = h.add(f.mul(u.sub(h)));
              return new Scan.Next<>(next, next);
            });
    assertShown(plan(scan, normal(BATCH, SIZE)));
  }

  @Test
  void thePlanOfALayerNormLstm() throws IOException {
    assertShown(plan(new LayerNormLstmCell(SIZE, SIZE, generator)));
  }
}
