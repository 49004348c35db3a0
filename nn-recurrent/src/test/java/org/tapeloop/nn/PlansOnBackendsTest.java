package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.AssociativeScan;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;

/** A plan runs on any backend, composites too, with what each of the two can do. */
class PlansOnBackendsTest {
  private static final int T = 6;
  private static final int B = 5;
  private static final int I = 4;
  private static final int H = 21;

  private final Generator generator = new Generator(17);
  private final LstmCell cell = new LstmCell(I, H, generator);
  private final Tensor x =
      Tensor.normal(generator.next(), DType.F32, Shape.of(T, B, I), 0, 1).leaf();

  private List<Tensor> results(ScanMode mode) {
    SequenceOutput<LstmState> out = Recurrent.forward(cell).in(mode).forward(x);
    Tensor loss = out.output().square().mean().add(out.state().c().mean());
    List<Tensor> results = new ArrayList<>(List.of(out.output(), out.state().h(), out.state().c()));
    List<Tensor> wrt = new ArrayList<>(cell.values());
    wrt.add(x);
    Map<Tensor, Tensor> gradients = loss.gradients(wrt);
    wrt.forEach(t -> results.add(gradients.get(t)));
    return results;
  }

  @ParameterizedTest
  @CsvSource({
    "reference, false, false",
    "vector, true, true",
    "openblas, false, false",
    "openblas+vector, false, true",
    "vector+openblas, true, false"
  })
  void resultsAreTheReferencesAndCapabilitiesAreUsed(String name, boolean packs, boolean fuses) {
    List<Tensor> expected = Backends.use("reference", () -> results(ScanMode.EAGER));
    List<Tensor> actual = Backends.use(name, () -> results(ScanMode.COMPILED));
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      double error = expected.get(i).sub(actual.get(i)).abs().max().item();
      double size = expected.get(i).abs().max().item();
      assertTrue(error <= 1e-5 * size, name + " result " + i + ": " + error + " of " + size);
    }
    var scan =
        Scan.over(
            (Tensor now, LstmState state) -> {
              Step<LstmState> step = cell.step(now, state);
              return new Scan.Next<>(step.output(), step.state());
            });
    String plan = Backends.use(name, () -> scan.explain(x, cell.initialState(B)));
    assertEquals(packs, plan.contains("matrices packed once a run"), plan);
    assertEquals(fuses, plan.contains("fused row programs"), plan);
  }

  /** Columns that threads share, and chunks of time that they share. */
  @ParameterizedTest
  @CsvSource({"600, 100", "20000, 1"})
  void anAssociativeScanHasTheBitsOfOneThread(int time, int columns) {
    Tensor a = Tensor.uniform(generator.next(), DType.F32, Shape.of(time, columns), -1, 1).leaf();
    Tensor b = Tensor.uniform(generator.next(), DType.F32, Shape.of(time, columns), -1, 1).leaf();
    Tensor initial = Tensor.zeros(columns).leaf();
    List<Map<Tensor, Tensor>> results = new ArrayList<>();
    for (int threads : new int[] {1, 3}) {
      results.add(
          Backends.use(
              Backends.named("vector", threads),
              () -> AssociativeScan.of(a, b, initial).sin().sum().gradients(a, b, initial)));
    }
    for (Tensor t : List.of(a, b, initial)) {
      assertArrayEquals(
          results.get(0).get(t).toDoubleArray(), results.get(1).get(t).toDoubleArray());
    }
  }
}
