package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.tck.IdleBackend;

/**
 * What a compiled call allocates beside the arrays of its results. Kernels do nothing here, so what
 * is counted is the core's own, and about the same whether it is compiled or interpreted.
 */
class ScanAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 50;
  private static final int CALLS = 20;
  private static final int ROUNDS = 5;

  /**
   * A tenth above what the LSTM takes while nothing is compiled: few objects more are no matter.
   */
  private static final long FORWARD = 1920;

  private static final long FORWARD_AND_BACKWARD = 3456;

  private static final int STEPS = 35;
  private static final int BATCH = 20;
  private static final int WIDTH = 6;

  private final Generator generator = new Generator(3);
  private final List<Tensor> parameters = new ArrayList<>();

  /** What the last call gave. */
  private Scan.Result<List<Tensor>, Tensor> result;

  private Map<Tensor, Tensor> gradients = Map.of();

  private Tensor normal(int... extents) {
    Tensor drawn = Tensor.normal(generator.next(), DType.F32, Shape.of(extents), 0, 0.5).leaf();
    parameters.add(drawn);
    return drawn;
  }

  private Tensor map(Tensor x, Tensor weight, Tensor bias) {
    return x.affine(weight, bias);
  }

  @Test
  void lstm() {
    Tensor w = normal(4 * WIDTH, WIDTH);
    Tensor u = normal(4 * WIDTH, WIDTH);
    Tensor b = normal(4 * WIDTH);
    Tensor d = normal(4 * WIDTH);
    check(
        (x, s) -> {
          var z = map(x, w, b).add(map(s.get(0), u, d)).chunk(4);
          var c = z.get(1).sigmoid().mul(s.get(1)).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
          var h = z.get(3).sigmoid().mul(c.tanh());
          return new Scan.Next<>(h, List.of(h, c));
        },
        2);
  }

  @Test
  void gru() {
    Tensor w = normal(3 * WIDTH, WIDTH);
    Tensor u = normal(3 * WIDTH, WIDTH);
    Tensor b = normal(3 * WIDTH);
    Tensor d = normal(3 * WIDTH);
    check(
        (x, s) -> {
          Tensor h = s.getFirst();
          var a = map(x, w, b).chunk(3);
          var v = map(h, u, d).chunk(3);
          var r = a.get(0).add(v.get(0)).sigmoid();
          var z = a.get(1).add(v.get(1)).sigmoid();
          var n = a.get(2).add(r.mul(v.get(2))).tanh();
          var next = n.add(z.mul(h.sub(n)));
          return new Scan.Next<>(next, List.of(next));
        },
        1);
  }

  @Test
  void aCellWithTwoProductsOneAfterTheOther() {
    Tensor w = normal(WIDTH, 2 * WIDTH);
    Tensor b = normal(2 * WIDTH);
    Tensor f = normal(WIDTH, WIDTH);
    Tensor u = normal(WIDTH, WIDTH);
    check(
        (x, s) -> {
          Tensor h = s.getFirst();
          var z = x.matmul(w).add(b).chunk(2);
          var forget = z.get(0).add(h.matmul(f)).sigmoid();
          var candidate = z.get(1).add(forget.mul(h).matmul(u)).tanh();
          var next = h.add(forget.mul(candidate.sub(h)));
          return new Scan.Next<>(next, List.of(next));
        },
        1);
  }

  private void check(Scan.StepFunction<Tensor, List<Tensor>, Tensor> step, int states) {
    Tensor x = normal(STEPS, BATCH, WIDTH);
    Tensor zeros = Tensor.zeros(DType.F32, Shape.of(BATCH, WIDTH));
    List<Tensor> initial = Collections.nCopies(states, zeros);
    Tensor cotangent = Tensor.ones(DType.F32, x.shape());
    Scan<Tensor, List<Tensor>, Tensor> scan = Scan.over(step).in(ScanMode.COMPILED);
    Runnable forward = () -> result = scan.run(x, initial);
    Runnable both =
        () -> {
          var after = scan.run(x, initial);
          result = after;
          gradients =
              Autograd.gradients(
                  List.of(after.outputs()), List.of(cotangent), parameters, GraphMode.FREE);
        };
    Backends.use(
        new IdleBackend(),
        () -> {
          checkBytes("forward", FORWARD, () -> Autograd.noGrad(forward));
          checkBytes("forward and backward", FORWARD_AND_BACKWARD, both);
          return true;
        });
  }

  private void checkBytes(String what, long limit, Runnable call) {
    for (int i = 0; i < WARM_UP; i++) {
      call.run();
    }
    long arrays = bytesOfArrays();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      long allocated = (THREADS.getCurrentThreadAllocatedBytes() - before) / CALLS;
      least = Math.min(least, allocated - arrays);
    }
    assertEquals(arrays, bytesOfArrays());
    assertTrue(least <= limit, what + " allocates " + least + " bytes beside its results");
  }

  /** The arrays that results stand in, each once and with its header. */
  private long bytesOfArrays() {
    List<Tensor> tensors = new ArrayList<>(gradients.values());
    tensors.add(result.outputs());
    tensors.addAll(result.state());
    Set<float[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
    tensors.forEach(tensor -> arrays.add(((FloatView) tensor.elements()).array()));
    return arrays.stream().mapToLong(array -> 16 + (array.length * 4L + 7) / 8 * 8).sum();
  }
}
