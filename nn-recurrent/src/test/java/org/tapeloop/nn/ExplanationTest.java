package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.NotCompilableException;

/** What layers say of their plans, and of why they have none. */
class ExplanationTest {
  @Test
  void stacksAndBothDirectionsExplainEachPart() {
    Generator generator = new Generator(3);
    var stack =
        Stacked.of(Stacked.bidirectionalLayers(2, 3, 4, n -> new LstmCell(n, 4, generator)));
    String text = stack.explain(Tensor.zeros(5, 2, 3));
    int first = text.indexOf("== layer 0 ==");
    int second = text.indexOf("== layer 1 ==");
    assertTrue(first == 0 && second > 0, text);
    for (String layer : List.of(text.substring(first, second), text.substring(second))) {
      assertTrue(layer.contains("== forward ==") && layer.contains("== backward =="), layer);
    }
  }

  /** A cell that looks at a value. */
  private static final class LookingCell implements RecurrentCell<Tensor> {
    @Override
    public Tensor initialState(int batch) {
      return Tensor.zeros(batch, 3);
    }

    @Override
    public Step<Tensor> step(Tensor x, Tensor h) {
      return new Step<>(x.sum().item() > 0 ? h : x, h);
    }
  }

  @Test
  void aStepThatCannotBeCompiledIsToldByTheLineThatIsAtFault() {
    Recurrent<Tensor> layer = Recurrent.forward(new LookingCell());
    var error =
        assertThrows(NotCompilableException.class, () -> layer.explain(Tensor.zeros(5, 2, 3)));
    String message = error.getMessage();
    assertTrue(message.startsWith("item: looks at the elements"), message);
    assertTrue(
        message.matches(".*, at .*LookingCell.step\\(ExplanationTest.java:\\d+\\)"), message);
  }

  /** A cell that mixes the sequences of a batch. */
  private static final class MixingCell implements RecurrentCell<Tensor> {
    @Override
    public Tensor initialState(int batch) {
      return Tensor.zeros(batch, 3);
    }

    @Override
    public Step<Tensor> step(Tensor x, Tensor h) {
      Tensor next = x.add(h).tanh();
      return new Step<>(next.sub(next.flip(0)), next);
    }
  }

  @Test
  void anOperationThatHasNoPlanIsToldByItsLine() {
    Recurrent<Tensor> layer = Recurrent.forward(new MixingCell());
    var error =
        assertThrows(NotCompilableException.class, () -> layer.explain(Tensor.zeros(5, 2, 3)));
    String message = error.getMessage();
    assertTrue(message.contains("works along axis 0"), message);
    assertTrue(message.matches(".*, at .*MixingCell.step\\(ExplanationTest.java:\\d+\\)"), message);
  }

  @Test
  void aLayerExplainsItsPlan() {
    String plan =
        Recurrent.backward(new GruCell(2, 4, new Generator(11))).explain(Tensor.zeros(5, 3, 2));
    assertTrue(plan.startsWith("scan of 5 steps, batch 3"), plan);
    assertTrue(plan.contains("input 0 [2] x #0^T"), plan);
    assertTrue(plan.contains("  #0 is weight_ih [12, 2]\n"), plan);
  }
}
