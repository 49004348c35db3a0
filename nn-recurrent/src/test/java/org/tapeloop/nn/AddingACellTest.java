package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.Clipping;

/** {@code docs/adding-a-cell.md} says what this code does, in its very words. */
class AddingACellTest {
  private final Generator generator = new Generator(1);

  // ---- what the page shows ----

  @Test
  void theCellsDerivativesAreRight() {
    var cell = new LeakyCell(3, 4, generator);
    cell.to(DType.F64);
    Tensor x = Tensor.normal(generator.next(), DType.F64, Shape.of(2, 3), 0, 1);
    Tensor h = Tensor.normal(generator.next(), DType.F64, Shape.of(2, 4), 0, 1);
    CellCheck.check(cell, x, h);
  }

  /** Two layers of the cell and an affine map to one number a step. */
  private static final class Model extends Layer {
    private final Stacked<Tensor> recurrent;
    private final Linear head;

    Model(Generator generator) {
      recurrent =
          child(
              "recurrent",
              Stacked.of(Stacked.layers(2, 1, 16, size -> new LeakyCell(size, 16, generator))));
      head = child("head", new Linear(16, 1, generator));
    }

    Tensor forward(Tensor x) {
      return head.forward(recurrent.forward(x).output());
    }
  }

  @Test
  void theCellLearnsToAddUp() {
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(12, 8, 1), 0, 1);
    Tensor sums = x.cumsum(0);
    var model = new Model(generator);
    double before = model.forward(x).mse(sums).item();
    var adam = new Adam(model.parameters(), 0.01);
    for (int i = 0; i < 40; i++) {
      Tensor loss = model.forward(x).mse(sums);
      adam.step(Clipping.byGlobalNorm(loss.gradients(model.values()), 1).gradients());
    }
    double after = model.forward(x).mse(sums).item();
    assertTrue(after < 0.5 * before, before + " to " + after);
  }

  @Test
  void namesAreThoseThePageGives() {
    var cell = new LeakyCell(3, 4, generator);
    assertEquals(
        List.of("rate", "input.weight", "input.bias", "recurrent.weight"),
        List.copyOf(cell.parameters().keySet()));
    var stack = Stacked.of(List.of(new Bidirectional<>(cell, new LeakyCell(3, 4, generator))));
    assertTrue(stack.parameters().containsKey("recurrent.weight_l0_reverse"));
  }

  @Test
  void aStateIsWalkedThroughItsComponents() {
    var state = new LstmState(Tensor.ones(2, 3), Tensor.zeros(2, 3));
    assertEquals(List.of(state.h(), state.c()), TensorTree.flatten(state));
  }

  // ---- the page itself ----

  @Test
  void everyBlockOfCodeOfThePageIsInTheseSources() throws IOException {
    DocumentedPage page = new DocumentedPage("docs/adding-a-cell.md");
    page.requireBlocksIn(
        page.mainSource("RecurrentCell"),
        page.mainSource("LstmState"),
        page.mainSource("LstmCell"),
        page.testSource("LeakyCell"),
        page.testSource("AddingACellTest"));
  }
}
