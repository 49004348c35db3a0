package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Compiled steps that have values through which no gradient flows, in some columns or in all, give
 * what eager ones give.
 */
class ZeroCotangentTest {
  private static final int WIDTH = 3;

  /** What the flat values are computed from, by parameters w [3, 3] and v [3]. */
  enum Source {
    ITSELF((z, p) -> z),
    AFFINE((z, p) -> z.affine(p.w, p.v)),
    PRODUCT((z, p) -> z.matmul(p.w.t()).mul(p.v)),
    NETWORK((z, p) -> z.affine(p.w, p.v).tanh().affine(p.w, null));

    private final BiFunction<Tensor, Parameters, Tensor> function;

    Source(BiFunction<Tensor, Parameters, Tensor> function) {
      this.function = function;
    }
  }

  /** Trained by the loss. */
  private record Parameters(Tensor w, Tensor v) {}

  /** Which columns become flat. */
  enum Columns {
    ALL(z -> z),
    FIRST(z -> z.narrow(1, 0, 1)),
    LAST(z -> z.narrow(1, 1, 2)),
    MIDDLE(z -> z.chunk(WIDTH, 1).get(1)),
    PICKED(z -> z.select(1, 2).unsqueeze(1)),
    ROLLED(z -> z.roll(1, 1)),
    TWICE(z -> Tensor.cat(List.of(z, z.sin()), 1)),
    SPREAD(z -> z.narrow(1, 0, 1).expand(-1, WIDTH)),
    SUMMED(z -> z.sum(new int[] {1}, true)),
    STANDARDISED(z -> z.layerNorm(1, null, null, 0.1));

    private final UnaryOperator<Tensor> function;

    Columns(UnaryOperator<Tensor> function) {
      this.function = function;
    }
  }

  /** Functions whose derivative is 0. */
  enum Flat {
    SIGN(z -> z.sub(0.1).sign()),
    STAIRS(z -> z.add(0.6).sign().add(z.sub(0.4).sign())),
    GREATER(z -> z.gt(0)),
    BETWEEN(z -> z.abs().lt(0.5)),
    CONDITION(z -> z.sub(0.1).relu().where(z.onesLike(), z.zerosLike())),
    POWER(z -> z.pow(0)),
    COVERED(z -> z.maskedFill(z.lt(100), 0.3)),
    DETACHED(Tensor::detach);

    private final UnaryOperator<Tensor> function;

    Flat(UnaryOperator<Tensor> function) {
      this.function = function;
    }
  }

  /** What becomes of flat values, and of those from which some were taken. */
  enum Use {
    ALONE((flat, z) -> flat),
    BESIDE((flat, z) -> Tensor.cat(List.of(flat, z.sin()), 1)),
    GATE((flat, z) -> flat.mul(z.mean(new int[] {1}, true).sin())),
    SUM((flat, z) -> flat.add(z.narrow(1, 1, 1)));

    private final BinaryOperator<Tensor> function;

    Use(BinaryOperator<Tensor> function) {
      this.function = function;
    }
  }

  /**
   * A scan.
   *
   * @param ofState whether the values are computed from the state, else from the input
   * @param inState whether they enter the next state
   * @param masked whether sequences end early
   */
  record Case(
      Source source,
      Columns columns,
      Flat flat,
      Use use,
      boolean ofState,
      boolean inState,
      int time,
      int batch,
      boolean masked) {

    /** Outputs, last state, and gradients of all that the loss depends on. */
    List<double[]> results(ScanMode mode) {
      Tensor x = drawn(1, time, batch, WIDTH).leaf();
      Tensor running = lengths();
      Tensor h0 = drawn(2, batch, WIDTH).leaf();
      Parameters p = new Parameters(drawn(3, WIDTH, WIDTH).leaf(), drawn(4, WIDTH).leaf());
      Tensor u = drawn(5, 3 * WIDTH, WIDTH).leaf();
      var run =
          Scan.over((List<Tensor> in, Tensor h) -> step(in.get(0), in.get(1), h, p, u))
              .in(mode)
              .run(List.of(x, running), h0);
      List<Tensor> all = new ArrayList<>(List.of(run.outputs(), run.state()));
      Tensor loss = run.outputs().sin().sum().add(run.state().mul(0.7).sin().sum());
      List<Tensor> wrt = List.of(x, h0, p.w, p.v, u);
      Map<Tensor, Tensor> gradients = loss.gradients(wrt);
      wrt.forEach(t -> all.add(gradients.get(t)));
      return all.stream().map(Tensor::toDoubleArray).toList();
    }

    private Scan.Next<Tensor, Tensor> step(
        Tensor x, Tensor running, Tensor h, Parameters p, Tensor u) {
      Tensor z = source.function.apply(ofState ? h : x, p);
      Tensor y = use.function.apply(flat.function.apply(columns.function.apply(z)), z);
      Tensor other = h.add(x).tanh();
      Tensor next = inState ? y.matmul(u.narrow(0, 0, y.extent(1))).add(other) : other;
      return masked
          ? new Scan.Next<>(running.where(y, y.zerosLike()), running.where(next, h))
          : new Scan.Next<>(y, next);
    }

    /** 1 where a sequence is still running, [T, B, 1]. */
    private Tensor lengths() {
      double[] running = new double[time * batch];
      for (int i = 0; i < running.length; i++) {
        running[i] = i / batch <= i % batch ? 1 : 0;
      }
      return Tensor.ofDoubles(running).reshape(time, batch, 1);
    }
  }

  private static Tensor drawn(int stream, int... extents) {
    return Tensor.normal(new RandomStream(7, stream), DType.F64, Shape.of(extents), 0, 0.8);
  }

  @ParameterizedTest
  @EnumSource(Columns.class)
  void compiledEqualsEager(Columns columns) {
    Random random = new Random(columns.name().hashCode());
    for (Source source : Source.values()) {
      for (Flat flat : Flat.values()) {
        for (Use use : Use.values()) {
          for (int place = 0; place < 4; place++) {
            requireSame(
                new Case(
                    source,
                    columns,
                    flat,
                    use,
                    place % 2 == 0,
                    place / 2 == 0,
                    1 + random.nextInt(4),
                    1 + random.nextInt(4),
                    random.nextBoolean()));
          }
        }
      }
    }
  }

  private static void requireSame(Case each) {
    List<double[]> eager = each.results(ScanMode.EAGER);
    List<double[]> compiled = each.results(ScanMode.COMPILED);
    for (int i = 0; i < eager.size(); i++) {
      assertArrayEquals(eager.get(i), compiled.get(i), 1e-10, each + ", result " + i);
    }
  }
}
