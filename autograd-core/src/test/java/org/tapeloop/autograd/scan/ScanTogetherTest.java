package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.Backend;

/** Scans that run side by side give what each gives alone. */
class ScanTogetherTest {
  private static final Backend TWO_THREADS =
      BackendVariant.of(Backends.named("reference"), "threads", 2);

  private final Generator generator = new Generator(23);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.5);
  }

  private static Scan<Tensor, Tensor, Tensor> elman(Tensor u) {
    return Scan.over(
        (x, h) -> {
          Tensor next = x.add(h.matmul(u)).tanh();
          return new Scan.Next<>(next, next);
        });
  }

  @Test
  void oneOfThemMayNeedNoGradient() {
    Tensor trained = normal(3, 3).leaf();
    Tensor frozen = normal(3, 3);
    Tensor x = normal(4, 2, 3);
    Tensor h = normal(2, 3);
    List<List<double[]>> both = new ArrayList<>();
    for (ScanMode mode : List.of(ScanMode.EAGER, ScanMode.COMPILED)) {
      List<Scan.Call<Tensor, Tensor, Tensor>> calls = new ArrayList<>();
      for (Tensor u : List.of(trained, frozen)) {
        calls.add(new Scan.Call<>(elman(u).in(mode), x, h));
      }
      both.add(Backends.use(TWO_THREADS, () -> derivatives(calls, trained)));
    }
    for (int order = 0; order < 3; order++) {
      assertArrayEquals(both.get(0).get(order), both.get(1).get(order), 1e-12, "result " + order);
    }
  }

  /** Of the product of all outputs: the first derivative without and with a graph, the second. */
  private static List<double[]> derivatives(
      List<Scan.Call<Tensor, Tensor, Tensor>> calls, Tensor u) {
    var results = Scan.together(calls);
    Tensor loss = results.get(0).outputs().mul(results.get(1).outputs()).sum();
    Map<Tensor, Tensor> plain = loss.gradients(List.of(u), GraphMode.RETAIN);
    Map<Tensor, Tensor> first = loss.gradients(List.of(u), GraphMode.CREATE);
    Map<Tensor, Tensor> second = first.get(u).sin().sum().gradients(u);
    return List.of(
        plain.get(u).toDoubleArray(), first.get(u).toDoubleArray(), second.get(u).toDoubleArray());
  }
}
