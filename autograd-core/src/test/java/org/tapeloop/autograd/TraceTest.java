package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
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

  @Test
  void symbolicIndicesHaveAShapeAndNoElements() {
    Trace trace = new Trace();
    IntTensor ids = trace.indices(Shape.of(2, 3));
    IntTensor flat = ids.reshape(6);
    assertEquals(6, ids.size());
    assertTrue(flat.isSymbolic() && flat.isReshaped(ids) && !flat.equals(ids));
    assertFalse(trace.indices(Shape.of(2, 3)).isReshaped(ids));
    assertNotEquals(ids, trace.indices(Shape.of(2, 3)));
    assertThrows(SymbolicTensorException.class, ids::toArray);
    assertThrows(SymbolicTensorException.class, () -> ids.select(0, 0));
    assertThrows(SymbolicTensorException.class, () -> ids.checkBelow("test", 7));
    Tensor table = Tensor.of(Shape.of(4, 2), 0, 1, 2, 3, 4, 5, 6, 7);
    Tensor rows = table.embedding(flat);
    assertEquals(Shape.of(6, 2), rows.shape());
    assertEquals(List.of(table), List.copyOf(trace.captures().keySet()));
    Trace.Call call = trace.calls().getFirst();
    IntTensor given = IntTensor.of(3, 0, 0, 1, 2, 3);
    Tensor later =
        call.evaluateAll(List.of(table), at -> at.isReshaped(ids) ? given : at).getFirst();
    assertEquals(table.embedding(given).toString(), later.toString());
  }

  // ---- following ----

  private static Tensor sum(Tensor x, Tensor w, Tensor v) {
    List<Tensor> parts = x.mul(w).chunk(2);
    Tensor sum = parts.get(0).sum(new int[] {1}, true).transpose(0, 1).transpose(0, 1);
    return parts.get(0).add(parts.get(1)).sub(sum).add(v).mul(v);
  }

  @Test
  void aCallThatDoesTheSameIsFollowedWithWhatItCaptures() {
    Trace trace = new Trace();
    Tensor x = trace.symbol(DType.F32, Shape.of(2, 4), true);
    Tensor y = sum(x, Tensor.of(1, 2, 3, 4).leaf(), Tensor.of(1, 2));
    RecordedTrace recorded = trace.recorded();
    trace.clear();
    Tensor w = Tensor.of(5, 6, 7, 8).leaf();
    Tensor v = Tensor.of(3, 4);
    var followed = Objects.requireNonNull(recorded.follow(() -> sum(x, w, v)));
    assertSame(y, followed.result());
    assertEquals(List.of(w, v), followed.captured());
    assertEquals(List.of(), trace.calls());
  }

  @Test
  void aCallThatDoesAnythingElseIsNotFollowed() {
    Trace trace = new Trace();
    Tensor x = trace.symbol(DType.F32, Shape.of(2, 4), true);
    Tensor w = Tensor.of(1, 2, 3, 4).leaf();
    Tensor v = Tensor.of(1, 2);
    sum(x, w, v);
    RecordedTrace recorded = trace.recorded();
    Map<String, Supplier<Tensor>> others = new LinkedHashMap<>();
    others.put("another operation", () -> x.add(w));
    others.put("other pieces", () -> x.mul(w).chunk(4).getFirst());
    others.put("fewer operations", () -> x.mul(w).chunk(2).getFirst());
    others.put("more operations", () -> sum(x, w, v).neg());
    others.put("another shape", () -> sum(x, w, Tensor.of(3)));
    others.put("no gradient of w", () -> sum(x, w.detach(), v));
    others.put("two tensors for one", () -> x.mul(w).chunk(2).get(0).add(v).mul(Tensor.of(3, 4)));
    others.put("nothing recorded", () -> Autograd.noGrad(() -> sum(x, w, v)));
    others.put("looks at elements", () -> Tensor.of(x.toFloatArray()));
    others.put("goes on after that", () -> followedBy(x, w, v));
    others.forEach((what, other) -> assertNull(recorded.follow(other), what));
    assertNotNull(recorded.follow(() -> sum(x, w, v)));
  }

  /** Swallows what ends a call that differs. */
  private static Tensor followedBy(Tensor x, Tensor w, Tensor v) {
    try {
      x.neg();
    } catch (RuntimeException e) {
      return sum(x, w, v);
    }
    return x;
  }
}
