package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;

/** A compiled scan gives the bits of one thread at any number of them, whatever they share. */
class ScanThreadsTest {
  private static final int T = 4;
  private static final int I = 9;
  private final Generator generator = new Generator(5);

  private record State(Tensor h, Tensor c) {}

  private Tensor normal(DType type, int... extents) {
    return Tensor.normal(generator.next(), type, Shape.of(extents), 0, 0.2).leaf();
  }

  /** An LSTM whose output gate reads a second product of the new c. */
  private final class Cell {
    private final int size;
    private final Tensor w;
    private final Tensor u;
    private final Tensor b;
    private final Tensor peephole;
    final Scan<Tensor, State, Tensor> scan = Scan.over(this::step).in(ScanMode.COMPILED);

    Cell(DType type, int size) {
      this.size = size;
      w = normal(type, I, 4 * size);
      u = normal(type, size, 4 * size);
      b = normal(type, 4 * size);
      peephole = normal(type, size, size);
    }

    private Scan.Next<State, Tensor> step(Tensor x, State s) {
      var z = x.matmul(w).add(s.h.matmul(u)).add(b).chunk(4);
      var c = z.get(1).sigmoid().mul(s.c).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
      var h = z.get(3).add(c.matmul(peephole)).sigmoid().mul(c.tanh());
      return new Scan.Next<>(h, new State(h, c));
    }

    State start(DType type, int batch) {
      return new State(normal(type, batch, size), normal(type, batch, size));
    }

    /** Outputs, final states and all gradients. */
    List<Tensor> results(Tensor x, State start) {
      Scan.Result<State, Tensor> result = scan.run(x, start);
      List<Tensor> results = new ArrayList<>();
      results.add(result.outputs());
      results.add(result.state().h);
      results.add(result.state().c);
      Tensor loss = result.outputs().square().sum().add(result.state().c.sin().sum());
      List<Tensor> wrt = List.of(w, u, b, peephole, x, start.h, start.c);
      Map<Tensor, Tensor> gradients = loss.gradients(wrt, GraphMode.FREE);
      wrt.forEach(t -> results.add(gradients.get(t)));
      return results;
    }
  }

  /**
   * Few rows, fewer than threads, and matrices larger than a cache, so that columns are shared; and
   * a batch that is shared by rows.
   */
  @ParameterizedTest
  @CsvSource({
    "F32, 1, 350, true",
    "F32, 2, 261, true",
    "F32, 7, 139, true",
    "F64, 5, 150, true",
    "F32, 31, 365, true",
    "F32, 33, 365, false",
    "F32, 37, 20, false"
  })
  void threadsChangeNoBit(DType type, int batch, int size, boolean columns) {
    Cell cell = new Cell(type, size);
    Tensor x = normal(type, T, batch, I);
    State start = cell.start(type, batch);
    List<double[]> single = on(1, () -> cell.results(x, start));
    for (int threads = 2; threads <= 4; threads++) {
      List<double[]> shared = on(threads, () -> cell.results(x, start));
      for (int i = 0; i < single.size(); i++) {
        assertArrayEquals(single.get(i), shared.get(i), threads + " threads, result " + i);
      }
    }
    String plan = Backends.use(Backends.named("vector", 2), () -> cell.scan.explain(x, start));
    String said = "products in 2 blocks of columns, one a thread";
    assertEquals(columns ? 2 : 0, plan.split(said, -1).length - 1, plan);
  }

  /** Without gradients a few steps at a time use the same memory, and give the same bits. */
  @ParameterizedTest
  @CsvSource({"F32, 90, 40, 64", "F64, 33, 40, 64", "F32, 1000, 2, 100", "F32, 12, 700, 80"})
  void inferenceInWindowsChangesNoBit(DType type, int time, int batch, int size) {
    Cell cell = new Cell(type, size);
    Tensor x = normal(type, time, batch, I);
    State start = cell.start(type, batch);
    List<double[]> trained = on(1, () -> cell.results(x, start));
    for (int threads = 1; threads <= 3; threads++) {
      List<double[]> inferred =
          on(threads, () -> Autograd.noGrad(() -> forward(cell.scan.run(x, start))));
      for (int i = 0; i < inferred.size(); i++) {
        assertArrayEquals(trained.get(i), inferred.get(i), threads + " threads, result " + i);
      }
    }
    String plan =
        Backends.use(
            Backends.named("vector", 1), () -> Autograd.noGrad(() -> cell.scan.explain(x, start)));
    assertTrue(plan.contains("steps at a time use the same memory"), plan);
  }

  private static List<Tensor> forward(Scan.Result<State, Tensor> result) {
    return List.of(result.outputs(), result.state().h, result.state().c);
  }

  private static List<double[]> on(int threads, Supplier<List<Tensor>> body) {
    return Backends.use(
        Backends.named("vector", threads),
        () -> body.get().stream().map(Tensor::toDoubleArray).toList());
  }
}
