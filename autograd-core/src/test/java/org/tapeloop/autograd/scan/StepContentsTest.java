package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/**
 * What a step may contain: each form compiles, and gives the values and first and second
 * derivatives of the eager scan, in both element types.
 */
class StepContentsTest {
  private static final int TIME = 5;
  private static final int BATCH = 3;

  /** A state whose parts are of different widths. */
  record Wide(Tensor h, Tensor c, Tensor gate) {}

  /** A step with the tensors that it is run on. */
  private record Example(
      Scan.StepFunction<Object, Object, Object> step, Object inputs, Object state) {}

  /** The forms. */
  enum Contents {
    STATES_OF_DIFFERENT_WIDTHS(
        t -> {
          Tensor w = t.parameter(2, 3);
          Tensor u = t.parameter(3, 4);
          Tensor v = t.parameter(4, 1);
          return example(
              (Tensor x, Wide s) -> {
                Tensor gate = s.c().matmul(v).add(s.gate()).sigmoid();
                Tensor h = x.matmul(w).add(s.h().mul(gate)).tanh();
                Tensor c = h.matmul(u).add(s.c().mul(0.5)).tanh();
                return new Scan.Next<>(c, new Wide(h, c, gate));
              },
              t.steps(2),
              new Wide(t.rows(3), t.rows(4), t.rows(1)));
        }),
    STATES_THAT_SKIP(
        t -> {
          Tensor w = t.parameter(2, 3);
          Tensor u = t.parameter(3, 3);
          return example(
              (Tensor x, List<Tensor> line) -> {
                Tensor next = x.matmul(w).add(line.get(2).matmul(u)).add(line.get(0)).tanh();
                return new Scan.Next<>(
                    next.add(line.get(1)), List.of(next, line.get(0), line.get(1)));
              },
              t.steps(2),
              List.of(t.rows(3), t.rows(3), t.rows(3)));
        }),
    SEVERAL_INPUTS_AND_OUTPUTS(
        t -> {
          Tensor w = t.parameter(2, 3);
          Tensor u = t.parameter(4, 3);
          Tensor v = t.parameter(3, 5);
          return example(
              (List<Tensor> xs, Tensor h) -> {
                Tensor next = xs.get(0).matmul(w).add(xs.get(1).matmul(u)).mul(h.sigmoid()).tanh();
                return new Scan.Next<>(
                    List.of(next.matmul(v), xs.get(0).square(), h, next.mul(2)), next);
              },
              List.of(t.steps(2), t.steps(4)),
              t.rows(3));
        }),
    NO_INPUT(
        t -> {
          Tensor u = t.parameter(3, 3);
          return example(
              (List<Tensor> none, Tensor h) -> {
                Tensor next = h.matmul(u).tanh();
                return new Scan.Next<>(next.square(), next);
              },
              List.<Tensor>of(),
              t.rows(3));
        }),
    NO_STATE(
        t -> {
          Tensor u = t.parameter(2, 3);
          return example(
              (Tensor x, List<Tensor> none) -> new Scan.Next<>(x.matmul(u).tanh(), none),
              t.steps(2),
              List.<Tensor>of());
        }),
    INNER_LOOP(
        t -> {
          Tensor w = t.parameter(2, 6);
          List<Tensor> depth = List.of(t.parameter(3, 6), t.parameter(3, 6), t.parameter(3, 6));
          return showing(
              (Tensor x, Tensor h) -> {
                Tensor s = h;
                for (int layer = 0; layer < depth.size(); layer++) {
                  Tensor sum = s.matmul(depth.get(layer));
                  List<Tensor> z = (layer == 0 ? sum.add(x.matmul(w)) : sum).chunk(2);
                  Tensor gate = z.get(1).sigmoid();
                  s = s.add(gate.mul(z.get(0).tanh().sub(s)));
                }
                return s;
              },
              t.steps(2),
              t.rows(3));
        }),
    ROW_REDUCTIONS(
        t -> {
          Tensor w = t.parameter(2, 4);
          Tensor u = t.parameter(4, 4);
          Tensor gain = t.parameter(4);
          Tensor shift = t.parameter(4);
          return example(
              (Tensor x, Tensor h) -> {
                Tensor sum = x.matmul(w).add(h.matmul(u)).layerNorm(1, gain, shift, 1e-3);
                Tensor attention = sum.softmax(-1);
                Tensor next = h.add(attention.mul(sum.sub(sum.max(new int[] {1}, true)))).tanh();
                Tensor size = next.square().add(0.1).sum(1).sqrt().unsqueeze(1);
                return new Scan.Next<>(
                    List.of(next.logSoftmax(-1), next.logSumExp(new int[] {1}, true)),
                    next.div(size));
              },
              t.steps(2),
              t.rows(4));
        }),
    PRODUCTS_OF_DIFFERENT_WIDTHS(
        t -> {
          Tensor v = t.parameter(2, 1);
          Tensor w = t.parameter(4, 4);
          return showing(
              (Tensor x, Tensor h) -> {
                Tensor sum = x.matmul(v).add(h.matmul(w));
                return sum.prod(new int[] {1}, true).add(h).tanh();
              },
              t.steps(2),
              t.rows(4));
        }),
    GRADIENTS_THAT_ARE_ZERO(
        t -> {
          Tensor w = t.parameter(3, 3);
          return showing(
              (Tensor x, Tensor h) -> {
                Tensor sum = h.add(x);
                Tensor smooth = sum.tanh().add(x.affine(w, null).sign());
                return smooth.add(sum.sign().mul(sum.sub(0.1).sign())).mul(0.5);
              },
              t.steps(3),
              t.rows(3));
        }),
    PARAMETERS_USED_SEVERAL_TIMES(
        t -> {
          Tensor u = t.parameter(3, 3);
          Tensor b = t.parameter(3);
          return showing(
              (Tensor x, Tensor h) -> {
                Tensor first = x.matmul(u).add(b).tanh();
                Tensor second = h.matmul(u.t()).add(first.mul(b)).sigmoid();
                return second.affine(u, b).add(u.sum()).tanh();
              },
              t.steps(3),
              t.rows(3));
        }),
    CAPTURED_ROWS_THAT_NEED_GRADIENTS(
        t -> {
          Tensor context = t.rows(3);
          Tensor memory = t.rows(2, 3);
          Tensor scale = t.parameter(1, 1);
          Tensor u = t.parameter(3, 3);
          return showing(
              (Tensor x, Tensor h) -> {
                Tensor read = memory.mul(h.unsqueeze(1)).sum(1);
                return context.add(read).add(x.matmul(u)).mul(scale).tanh();
              },
              t.steps(3),
              t.rows(3));
        }),
    MASKS_A_STEP_AND_A_SEQUENCE(
        t -> {
          Tensor u = t.parameter(3, 3);
          Tensor kept = t.mask(0.7, BATCH, 3).div(0.7);
          return showing(
              (List<Tensor> xs, Tensor h) -> {
                Tensor candidate = xs.get(0).add(h.mul(kept).matmul(u)).tanh();
                Tensor dropped = candidate.dropout(0.4, xs.get(1));
                return xs.get(2).where(h, dropped);
              },
              List.of(t.steps(3), t.mask(0.6, TIME, BATCH, 3), t.mask(0.3, TIME, BATCH, 3)),
              t.rows(3));
        }),
    LENGTHS_AND_RESETS(
        t -> {
          Tensor w = t.parameter(2, 3);
          Tensor u = t.parameter(3, 3);
          Tensor start = t.parameter(3);
          double[] running = new double[TIME * BATCH];
          double[] reset = new double[TIME * BATCH];
          for (int i = 0; i < running.length; i++) {
            running[i] = i / BATCH <= 2 * (i % BATCH) ? 1 : 0;
            reset[i] = i / BATCH == 2 && i % BATCH == 1 ? 1 : 0;
          }
          return example(
              (List<Tensor> xs, Tensor before) -> {
                Tensor h = xs.get(2).where(start, before);
                Tensor next = xs.get(0).matmul(w).add(h.matmul(u)).tanh();
                Tensor kept = xs.get(1).where(next, before);
                return new Scan.Next<>(xs.get(1).where(next, next.zerosLike()), kept);
              },
              List.of(t.steps(2), t.of(running), t.of(reset)),
              t.rows(3));
        }),
    A_PARAMETER_READ_WITHOUT_A_GRADIENT_FIRST(
        t -> {
          Tensor u = t.parameter(3, 3);
          return showing(
              (Tensor x, Tensor h) -> {
                Tensor still = Autograd.noGrad(() -> h.matmul(u));
                return x.add(h.matmul(u)).sub(still.mul(0.3)).tanh();
              },
              t.steps(3),
              t.rows(3));
        }),
    NO_GRADIENT_INSIDE(
        t -> {
          Tensor u = t.parameter(3, 3);
          return showing(
              (Tensor x, Tensor h) -> x.add(h.detach().matmul(u)).add(h.mul(0.3)).tanh(),
              t.steps(3),
              t.rows(3));
        });

    private final Function<Tensors, Example> maker;

    Contents(Function<Tensors, Example> maker) {
      this.maker = maker;
    }

    Example make(Tensors t) {
      return maker.apply(t);
    }
  }

  @SuppressWarnings("unchecked") // each form is called with what it was made with
  private static <X, S, Y> Example example(Scan.StepFunction<X, S, Y> step, X inputs, S state) {
    return new Example((Scan.StepFunction<Object, Object, Object>) step, inputs, state);
  }

  /** A step that puts out the state after it. */
  private static <X> Example showing(BiFunction<X, Tensor, Tensor> step, X inputs, Tensor state) {
    return example(
        (X x, Tensor h) -> {
          Tensor next = step.apply(x, h);
          return new Scan.Next<>(next, next);
        },
        inputs,
        state);
  }

  /** Makes the tensors of one form, all different, and remembers those that get gradients. */
  private static final class Tensors {
    private final DType dtype;
    private final Generator generator = new Generator(17);
    private final List<Tensor> wanted = new ArrayList<>();

    Tensors(DType dtype) {
      this.dtype = dtype;
    }

    Tensor parameter(int... extents) {
      Tensor same = Tensor.normal(generator.next(), DType.F32, Shape.of(extents), 0, 0.5);
      wanted.add(same.to(dtype).leaf());
      return wanted.getLast();
    }

    Tensor steps(int width) {
      return parameter(TIME, BATCH, width);
    }

    Tensor rows(int... behind) {
      int[] extents = new int[behind.length + 1];
      extents[0] = BATCH;
      System.arraycopy(behind, 0, extents, 1, behind.length);
      return parameter(extents);
    }

    Tensor mask(double probability, int... extents) {
      return Tensor.bernoulli(generator.next(), DType.F64, Shape.of(extents), probability)
          .to(dtype);
    }

    Tensor of(double[] steps) {
      return Tensor.ofDoubles(steps).reshape(TIME, BATCH, 1).to(dtype);
    }
  }

  private static List<double[]> results(Contents contents, ScanMode mode, DType dtype) {
    Tensors tensors = new Tensors(dtype);
    Example example = contents.make(tensors);
    var result = Scan.over(example.step).in(mode).run(TIME, example.inputs, example.state);
    List<Tensor> all = new ArrayList<>(TensorTree.flatten(result.outputs()));
    all.addAll(TensorTree.flatten(result.state()));
    Tensor loss = Tensor.scalar(dtype, 0);
    for (Tensor y : List.copyOf(all)) {
      loss = loss.add(y.mul(0.7).sin().sum());
    }
    Map<Tensor, Tensor> plain = loss.gradients(tensors.wanted, GraphMode.RETAIN);
    Map<Tensor, Tensor> first = loss.gradients(tensors.wanted, GraphMode.CREATE);
    Tensor along = Tensor.scalar(dtype, 0);
    for (Tensor t : tensors.wanted) {
      all.add(plain.get(t));
      all.add(first.get(t));
      along = along.add(first.get(t).sin().sum());
    }
    Map<Tensor, Tensor> second = along.gradients(tensors.wanted);
    tensors.wanted.forEach(t -> all.add(second.get(t)));
    return all.stream().map(Tensor::toDoubleArray).toList();
  }

  @ParameterizedTest
  @EnumSource(Contents.class)
  void compiledEqualsEager(Contents contents) {
    List<double[]> exact = results(contents, ScanMode.EAGER, DType.F64);
    assertTrue(exact.stream().anyMatch(a -> a.length > 0 && a[0] != 0), "something is computed");
    assertClose(exact, results(contents, ScanMode.COMPILED, DType.F64), 1e-10);
    assertClose(exact, results(contents, ScanMode.COMPILED, DType.F32), 2e-5);
  }

  private static void assertClose(List<double[]> expected, List<double[]> actual, double error) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      double largest = 1;
      for (double value : expected.get(i)) {
        largest = Math.max(largest, Math.abs(value));
      }
      int at = i;
      Supplier<String> what = () -> "result " + at;
      assertArrayEquals(expected.get(i), actual.get(i), error * largest, what);
    }
  }
}
