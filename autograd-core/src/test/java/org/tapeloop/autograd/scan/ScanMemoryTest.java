package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Compiled scans use memory again, keep less of it, and share it between threads, unnoticed. */
class ScanMemoryTest {
  private final Generator generator = new Generator(7);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.5).leaf();
  }

  record LstmState(Tensor h, Tensor c) {}

  private Scan<Tensor, LstmState, Tensor> lstm(List<Tensor> parameters) {
    Tensor w = normal(3, 16);
    Tensor u = normal(4, 16);
    Tensor b = normal(16);
    parameters.addAll(List.of(w, u, b));
    Scan.StepFunction<Tensor, LstmState, Tensor> step =
        (x, s) -> {
          var z = x.matmul(w).add(s.h().matmul(u)).add(b).chunk(4);
          var c = z.get(1).sigmoid().mul(s.c()).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
          var h = z.get(3).sigmoid().mul(c.tanh());
          return new Scan.Next<>(h, new LstmState(h, c));
        };
    return Scan.over(step).in(ScanMode.COMPILED);
  }

  private static List<double[]> gradients(
      Scan.Result<LstmState, Tensor> result, List<Tensor> wrt, GraphMode mode) {
    Tensor loss = result.outputs().square().sum().add(result.state().c().sin().sum());
    Map<Tensor, Tensor> gradients = loss.gradients(wrt, mode);
    return wrt.stream().map(t -> gradients.get(t).toDoubleArray()).toList();
  }

  private static void assertSameBits(List<double[]> expected, List<double[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "tensor " + i);
    }
  }

  @Test
  void checkpointsChangeNoBit() {
    List<Tensor> parameters = new ArrayList<>();
    var scan = lstm(parameters);
    int batch = 128;
    Tensor x = normal(70, batch, 3);
    LstmState initial = new LstmState(normal(batch, 4), normal(batch, 4));
    List<Tensor> wrt = new ArrayList<>(parameters);
    wrt.addAll(List.of(x, initial.h(), initial.c()));
    var plain = scan.run(x, initial);
    List<double[]> expected = gradients(plain, wrt, GraphMode.FREE);
    for (int every : new int[] {1, 16, 20, 32, 69, 1000}) {
      var result = scan.checkpointEvery(every).run(x, initial);
      assertArrayEquals(plain.outputs().toDoubleArray(), result.outputs().toDoubleArray());
      assertArrayEquals(plain.state().c().toDoubleArray(), result.state().c().toDoubleArray());
      assertSameBits(expected, gradients(result, wrt, GraphMode.RETAIN));
      assertSameBits(expected, gradients(result, wrt, GraphMode.FREE));
    }
    assertThrows(IllegalArgumentException.class, () -> scan.checkpointEvery(0));
  }

  @Test
  void memoryIsUsedAgainOnlyWhenNothingRefersToIt() {
    List<Tensor> parameters = new ArrayList<>();
    var scan = lstm(parameters);
    Tensor x = normal(5, 2, 3);
    Tensor other = normal(7, 3, 3);
    LstmState initial = new LstmState(normal(2, 4), normal(2, 4));
    LstmState otherInitial = new LstmState(normal(3, 4), normal(3, 4));
    List<Tensor> wrt = new ArrayList<>(parameters);
    wrt.addAll(List.of(x, initial.h(), initial.c()));
    List<double[]> expected = gradients(scan.run(x, initial), wrt, GraphMode.FREE);

    var first = scan.run(x, initial);
    double[] outputs = first.outputs().toDoubleArray();
    double[] state = first.state().c().toDoubleArray();
    var second = scan.run(other, otherInitial);
    List<double[]> ofSecond = gradients(second, List.of(other, otherInitial.c()), GraphMode.RETAIN);
    Autograd.noGrad(() -> scan.run(other, otherInitial));
    List<double[]> ofFirst = gradients(first, wrt, GraphMode.FREE);
    assertSameBits(expected, ofFirst);
    scan.run(other, otherInitial).outputs().sum().gradients(parameters);
    assertArrayEquals(outputs, first.outputs().toDoubleArray());
    assertArrayEquals(state, first.state().c().toDoubleArray());
    assertSameBits(expected, ofFirst);
    assertSameBits(ofSecond, gradients(second, List.of(other, otherInitial.c()), GraphMode.FREE));
  }

  @Test
  void aFreedRunCannotBePulledBackAgain() {
    var scan = lstm(new ArrayList<>());
    Tensor x = normal(5, 2, 3);
    var result = scan.run(x, new LstmState(normal(2, 4), normal(2, 4)));
    Tensor loss = result.outputs().sum();
    loss.gradients(List.of(x));
    assertThrows(IllegalStateException.class, () -> loss.gradients(List.of(x)));
  }

  @Test
  void threadsShareAScan() throws Exception {
    List<Tensor> parameters = new ArrayList<>();
    var scan = lstm(parameters);
    LstmState initial = new LstmState(normal(2, 4), normal(2, 4));
    List<Tensor> xs = new ArrayList<>();
    List<List<double[]>> expected = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      xs.add(normal(3 + i, 2, 3));
      expected.add(gradients(scan.run(xs.get(i), initial), parameters, GraphMode.FREE));
    }
    try (var pool = Executors.newFixedThreadPool(4)) {
      List<Future<?>> running = new ArrayList<>();
      for (int round = 0; round < 40; round++) {
        int i = round % xs.size();
        running.add(
            pool.submit(
                () -> {
                  var result = scan.run(xs.get(i), initial);
                  assertSameBits(expected.get(i), gradients(result, parameters, GraphMode.FREE));
                }));
      }
      for (Future<?> task : running) {
        task.get();
      }
    }
  }

  @Test
  void twoThreadsPullBackOneRun() throws Exception {
    List<Tensor> parameters = new ArrayList<>();
    var scan = lstm(parameters);
    var result = scan.run(normal(20, 16, 3), new LstmState(normal(16, 4), normal(16, 4)));
    List<double[]> expected = gradients(result, parameters, GraphMode.RETAIN);
    try (var pool = Executors.newFixedThreadPool(2)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        running.add(
            pool.submit(
                () -> assertSameBits(expected, gradients(result, parameters, GraphMode.RETAIN))));
      }
      for (Future<?> task : running) {
        task.get();
      }
    }
  }

  @Test
  void aPlanKeepsNoCapturedTensorAlive() throws Exception {
    Tensor[] weight = {normal(4, 4)};
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
                (Tensor x, Tensor h) -> {
                  Tensor next = x.add(h.matmul(weight[0])).tanh();
                  return new Scan.Next<>(next, next);
                })
            .in(ScanMode.COMPILED);
    Tensor x = normal(3, 2, 4);
    Tensor h = normal(2, 4);
    scan.run(x, h).outputs().sum().gradients(List.of(weight[0]));
    WeakReference<Tensor> first = new WeakReference<>(weight[0]);
    weight[0] = normal(4, 4);
    scan.run(x, h).outputs().sum().gradients(List.of(weight[0]));
    for (int i = 0; i < 50 && first.get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertNull(first.get());
  }
}
