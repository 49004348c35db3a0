package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** A step on what arrives does what it does in a scan. */
class StepStreamTest {
  private static final int T = 5;
  private static final int B = 3;

  private final Generator generator = new Generator(9);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 1);
  }

  /** Two inputs, two states of different widths, two outputs, one of them by way of a product. */
  private Scan<List<Tensor>, List<Tensor>, List<Tensor>> scan(Tensor mask) {
    Tensor w = normal(4, 6);
    Tensor v = normal(6, 2);
    Tensor scale = normal(6);
    return Scan.over(
        (x, s) -> {
          Tensor a = x.get(0).matmul(w).add(s.get(0).mul(mask)).mul(scale).tanh();
          Tensor b = s.get(1).add(x.get(1));
          return new Scan.Next<>(List.of(a.matmul(v), s.get(1)), List.of(a, b));
        });
  }

  @Test
  void treesOfInputsStatesAndOutputs() {
    var scan = scan(normal(B, 6));
    List<Tensor> xs = List.of(normal(T, B, 4), normal(T, B, 1));
    List<Tensor> initial = List.of(normal(B, 6), normal(B, 1));
    var whole = scan.in(ScanMode.EAGER).run(xs, initial);
    for (ScanMode mode : List.of(ScanMode.COMPILED, ScanMode.EAGER)) {
      var stream = scan.in(mode).stream(at(xs, 0), initial);
      assertEquals(mode == ScanMode.COMPILED, stream.isCompiled());
      for (int t = 0; t < T; t++) {
        List<Tensor> outputs = stream.step(at(xs, t));
        assertSame(at(whole.outputs(), t), outputs);
      }
      assertSame(whole.state(), stream.state());
      assertThrows(
          IllegalStateException.class, () -> stream.step(new double[B * 5], new double[B * 3]));
      assertThrows(IllegalArgumentException.class, () -> stream.step(List.of(normal(B, 4))));
    }
  }

  private static List<Tensor> at(List<Tensor> sequences, int t) {
    return sequences.stream().map(x -> x.select(0, t)).toList();
  }

  private static void assertSame(List<Tensor> expected, List<Tensor> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).shape(), actual.get(i).shape());
      assertArrayEquals(expected.get(i).toDoubleArray(), actual.get(i).toDoubleArray(), 1e-13);
    }
  }

  @Test
  void aStepThatBecomesAnotherIsPlannedAnewByRefresh() {
    List<Boolean> doubled = new ArrayList<>(List.of(false));
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (x, h) -> {
              Tensor next = doubled.getFirst() ? h.add(x).mul(h) : h.add(x);
              return new Scan.Next<>(next, next);
            });
    var stream = scan.stream(Tensor.zeros(1, 1), Tensor.ones(1, 1));
    float[] out = new float[1];
    stream.step(new float[] {2}, out);
    assertEquals(3, out[0]);
    doubled.set(0, true);
    stream.step(new float[] {2}, out);
    assertEquals(5, out[0]);
    stream.refresh();
    stream.step(new float[] {2}, out);
    assertEquals(35, out[0]);
  }

  @Test
  void arraysOfTheOtherTypeAreRefusedWithTheFormToUse() {
    Scan<Tensor, Tensor, Tensor> scan = Scan.over((x, h) -> new Scan.Next<>(h, h.add(x)));
    Tensor one = Tensor.ones(1, 1);
    var doubles = scan.stream(one.to(DType.F64), one.to(DType.F64));
    var error =
        assertThrows(IllegalStateException.class, () -> doubles.step(new float[1], new float[1]));
    assertTrue(error.getMessage().endsWith("; use the form with double[]"), error.getMessage());
    var floats = scan.stream(one, one);
    error =
        assertThrows(IllegalStateException.class, () -> floats.step(new double[1], new double[1]));
    assertTrue(error.getMessage().endsWith("; use the form with float[]"), error.getMessage());
  }

  @Test
  void aStepThatLooksAtValuesIsRefusedWhereThatIsAskedFor() {
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over((x, h) -> new Scan.Next<>(h, h.mul(x.sum().item())));
    Tensor one = Tensor.ones(1, 1);
    assertThrows(NotCompilableException.class, () -> scan.in(ScanMode.COMPILED).stream(one, one));
    var stream = scan.in(ScanMode.AUTO).stream(one, one);
    assertFalse(stream.isCompiled());
    assertTrue(stream.refusal().isPresent());
  }
}
