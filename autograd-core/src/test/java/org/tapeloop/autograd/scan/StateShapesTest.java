package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Steps that change the shape of their state. */
class StateShapesTest {
  record State(Tensor h, Tensor c) {}

  private final Tensor x = Tensor.ones(3, 2, 1);

  /** Reads a state c of 4 units and gives one of 5. */
  private static Scan.Next<State, Tensor> misshapen(Tensor x, State s) {
    Tensor c = s.c().affine(Tensor.ones(4, 4), null);
    return new Scan.Next<>(s.h().add(x), new State(s.h(), Tensor.cat(List.of(c, x), 1)));
  }

  @ParameterizedTest
  @EnumSource(names = {"EAGER", "AUTO"})
  void aStepThatCannotReadTheStateItGaveIsToldWhichPartAndBothShapes(ScanMode mode) {
    var scan = Scan.over(StateShapesTest::misshapen).in(mode);
    State start = new State(Tensor.ones(2, 1), Tensor.ones(2, 4));
    var error = assertThrows(IllegalArgumentException.class, () -> scan.run(x, start));
    String message = error.getMessage();
    assertTrue(
        message.startsWith(
            "scan: a step changed state c from shape [2, 4] to [2, 5], and the next one failed:"
                + " affine: "),
        message);
  }

  @Test
  void theCompilerNamesThePartToo() {
    var scan = Scan.over(StateShapesTest::misshapen).in(ScanMode.COMPILED);
    State start = new State(Tensor.ones(2, 1), Tensor.ones(2, 4));
    var error = assertThrows(NotCompilableException.class, () -> scan.run(x, start));
    assertEquals("one step changes state c from shape [2, 4] to [2, 5]", error.getMessage());
  }

  @Test
  void aStateThatGrowsRunsStepByStep() {
    var scan =
        Scan.over(
            (Tensor now, Tensor seen) -> {
              Tensor all = Tensor.cat(List.of(seen, now), 1);
              return new Scan.Next<>(all.sum(1), all);
            });
    var result = scan.run(x, Tensor.zeros(2, 1));
    assertEquals(Shape.of(2, 4), result.state().shape());
    assertArrayEquals(new float[] {1, 1, 2, 2, 3, 3}, result.outputs().toFloatArray());
  }

  @Test
  void aFailureThatHasNothingToDoWithTheStateStaysAsItIs() {
    var scan =
        Scan.over((Tensor now, Tensor h) -> new Scan.Next<>(now.matmul(Tensor.ones(7, 7)), h))
            .in(ScanMode.EAGER);
    var error = assertThrows(IllegalArgumentException.class, () -> scan.run(x, Tensor.zeros(2, 1)));
    assertTrue(error.getMessage().startsWith("matmul: "), error.getMessage());
  }
}
