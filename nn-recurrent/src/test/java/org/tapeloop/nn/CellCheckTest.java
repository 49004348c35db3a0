package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class CellCheckTest {
  private static final int SIZE = 3;

  private final Generator generator = new Generator(4);
  private final Tensor x = normal();
  private final Tensor h = normal();

  private Tensor normal() {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(2, SIZE), 0, 1);
  }

  /** A cell whose parts are given. */
  private class Made extends Layer implements RecurrentCell<Tensor> {
    private final Linear used = child("used", new Linear(SIZE, SIZE, generator));
    private final BinaryOperator<Tensor> output;
    private final BinaryOperator<Tensor> next;

    Made(BinaryOperator<Tensor> output, BinaryOperator<Tensor> next) {
      this.output = output;
      this.next = next;
      to(DType.F64);
    }

    @Override
    public Tensor initialState(int batch) {
      return Tensor.zeros(DType.F64, Shape.of(batch, SIZE));
    }

    @Override
    public Step<Tensor> step(Tensor x, Tensor h) {
      Tensor a = used.forward(x);
      return new Step<>(output.apply(a, h), next.apply(a, h));
    }
  }

  private String failure(Made cell) {
    return assertThrows(AssertionError.class, () -> CellCheck.check(cell, x, h)).getMessage();
  }

  @Test
  void passesACellThatIsRight() {
    LstmCell cell = new LstmCell(SIZE, SIZE, generator);
    cell.to(DType.F64);
    CellCheck.check(cell, x, new LstmState(h, normal()));
  }

  @Test
  void seesAWrongDerivativeOfTheNextState() {
    // What is detached counts in differences, not in derivatives.
    var cell = new Made((a, s) -> a.mul(s), (a, s) -> a.tanh().mul(s.detach()));
    String message = failure(cell);
    assertTrue(message.contains("state 0"), message);
  }

  @Test
  void namesTheParameterWhoseDerivativeIsWrong() {
    Made cell =
        new Made((a, s) -> a.mul(s), (a, s) -> s.add(a.sub(a.detach())).add(a.detach().mul(0.5)));
    String message = failure(cell);
    assertTrue(message.contains("used."), message);
  }

  @Test
  void namesWhatNothingDependsOn() {
    var unused =
        new Made((a, s) -> a.mul(s), (a, s) -> s) {
          {
            parameter("unused", Tensor.zeros(DType.F64, Shape.of(1)));
          }
        };
    String message = failure(unused);
    assertTrue(message.startsWith("cellcheck: parameter unused:"), message);
    message = failure(new Made((a, s) -> a.tanh(), (a, s) -> a));
    assertTrue(message.startsWith("cellcheck: state 0:"), message);
  }

  @Test
  void seesAPartThatIsNotDeclared() {
    Linear forgotten = Linear.withoutBias(SIZE, SIZE, generator);
    forgotten.to(DType.F64);
    String message = failure(new Made((a, s) -> a.mul(s), (a, s) -> forgotten.forward(a).add(s)));
    assertTrue(
        message.startsWith("cellcheck: the step reads a leaf that is no parameter"), message);
    forgotten.weight().freeze();
    CellCheck.check(new Made((a, s) -> a.mul(s), (a, s) -> forgotten.forward(a).add(s)), x, h);
  }

  @Test
  void wantsDoubles() {
    var cell = new LstmCell(SIZE, SIZE, generator);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> CellCheck.check(cell, x, new LstmState(h, h)))
            .getMessage();
    assertTrue(message.startsWith("gradcheck: parameter weight_ih is F32"), message);
  }
}
