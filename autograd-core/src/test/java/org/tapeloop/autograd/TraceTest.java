package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.spi.UnaryKernel;

class TraceTest {

  @Test
  void operationsOnSymbolsAreRecordedWithTheirFormAndShape() {
    Trace trace = new Trace();
    Tensor x = trace.symbol(DType.F32, Shape.of(2, 6), false);
    List<Tensor> parts = x.chunk(3);
    Tensor y = parts.get(1).tanh();
    assertEquals(Shape.of(2, 2), y.shape());
    assertEquals(
        List.of(new Form.Split(1, List.of(2, 2, 2)), new Form.Unary(UnaryKernel.TANH)),
        trace.calls().stream().map(Trace.Call::form).toList());
    assertEquals(List.of(parts.get(1)), trace.calls().get(1).inputs());
  }

  @Test
  void tensorsWithElementsAreCapturedOnce() {
    Trace trace = new Trace();
    Tensor x = trace.symbol(DType.F32, Shape.of(3), false);
    Tensor w = Tensor.of(1, 2, 3).leaf();
    Tensor y = x.mul(w).add(w);
    assertEquals(List.of(w), List.copyOf(trace.captures().keySet()));
    assertEquals(true, y.requiresGrad());
  }

  @Test
  void theDerivativeOfATraceIsRecordedInTheSameTrace() {
    Trace trace = new Trace();
    Tensor x = trace.symbol(DType.F32, Shape.of(2, 3), true);
    Tensor w = Tensor.zeros(3, 3).leaf();
    Tensor y = x.matmul(w).tanh();
    Tensor g = trace.symbol(DType.F32, y.shape(), false);
    Tensor symbolOfW = trace.capture(w);
    var gradients =
        Autograd.gradients(List.of(y), List.of(g), List.of(x, symbolOfW), GraphMode.RETAIN);
    assertEquals(x.shape(), gradients.get(x).shape());
    assertEquals(w.shape(), gradients.get(symbolOfW).shape());
    assertEquals(
        List.of("matmul", "tanh", "tanhGradient", "permute", "matmul", "permute", "matmul"),
        trace.calls().stream().map(call -> call.op().name()).toList());
  }

  @Test
  void lookingAtElementsIsRefusedByName() {
    Tensor x = new Trace().symbol(DType.F32, Shape.of(1), false);
    var e = assertThrows(SymbolicTensorException.class, x::item);
    assertEquals("item: looks at the elements of a symbolic tensor of shape [1]", e.getMessage());
    assertThrows(SymbolicTensorException.class, x::toFloatArray);
  }
}
