package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/** Compiled scans of random steps give what eager ones give: outputs, final states, gradients. */
class RandomStepTest {
  private static final int STEPS_A_SEED = 50;

  /**
   * A step drawn at random.
   *
   * @param choices what was drawn; replayed at each call, so that the step is a function
   */
  private record RandomStep(
      List<Integer> choices, List<Integer> stateWidths, List<Tensor> parameters)
      implements Scan.StepFunction<List<Tensor>, List<Tensor>, List<Tensor>> {

    @Override
    public Scan.Next<List<Tensor>, List<Tensor>> step(List<Tensor> xs, List<Tensor> states) {
      List<Tensor> pool = new ArrayList<>(xs);
      pool.addAll(states);
      Random random = new Random(choices.hashCode());
      for (int choice : choices) {
        Tensor a = pool.get(random.nextInt(pool.size()));
        Tensor b = pool.get(random.nextInt(pool.size()));
        pool.add(apply(choice, a, b, random));
      }
      List<Tensor> next = new ArrayList<>();
      for (int k = 0; k < stateWidths.size(); k++) {
        Tensor source = pool.get(pool.size() - 1 - random.nextInt(Math.min(5, pool.size())));
        next.add(fit(source, stateWidths.get(k), random));
      }
      List<Tensor> outputs = new ArrayList<>();
      int count = 1 + random.nextInt(2);
      for (int j = 0; j < count; j++) {
        outputs.add(pool.get(random.nextInt(pool.size())));
      }
      return new Scan.Next<>(outputs, next);
    }

    /** A tensor of the wanted width, by a product if it has another. */
    private Tensor fit(Tensor x, int width, Random random) {
      return x.extent(1) == width && random.nextInt(3) > 0
          ? x.mul(0.5).tanh()
          : x.matmul(matrix(x.extent(1), width)).tanh();
    }

    private Tensor matrix(int rows, int columns) {
      return parameters.get(0).narrow(0, 0, rows).narrow(1, 0, columns);
    }

    private Tensor vector(int width) {
      return parameters.get(1).narrow(0, 0, width);
    }

    private Tensor apply(int choice, Tensor a, Tensor b, Random random) {
      int width = a.extent(1);
      Tensor c =
          b.extent(1) == width || b.extent(1) == 1 ? b : b.matmul(matrix(b.extent(1), width));
      return switch (choice) {
        case 0 -> a.add(c);
        case 1 -> a.mul(c).mul(0.5);
        case 2 -> a.sub(c);
        case 3 -> a.tanh();
        case 4 -> a.sigmoid();
        case 5 -> a.matmul(matrix(width, 1 + random.nextInt(6)));
        case 6 -> a.affine(matrix(1 + random.nextInt(6), width), null).add(vector(1));
        case 7 -> a.mul(vector(width));
        case 8 -> a.add(vector(width));
        case 9 ->
            width > 1
                ? a.narrow(1, random.nextInt(width - 1), 1 + random.nextInt(2) % width)
                : a.neg();
        case 10 -> Tensor.cat(List.of(a, c), 1).mul(0.5);
        case 11 -> a.mean(new int[] {1}, true);
        case 12 -> width > 1 ? a.layerNorm(1, vector(width), null, 0.1) : a.square().tanh();
        case 13 -> width > 1 ? Tensor.cat(a.chunk(2).reversed(), 1) : a.exp().add(1).reciprocal();
        case 14 -> c.gt(0).where(a, a.mul(0.3));
        case 15 -> a.add(a.mul(vector(1)).sum(1).tanh().unsqueeze(1));
        case 16 -> a.affine(matrix(width, width), vector(width)).add(c.tanh());
        default -> a.softplus().sub(0.5);
      };
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void compiledEqualsEager(long seed) {
    for (int i = 0; i < STEPS_A_SEED; i++) {
      long own = seed * 1000 + i;
      assertSame(own);
    }
  }

  private static void assertSame(long seed) {
    Random random = new Random(seed);
    Generator generator = new Generator(seed);
    int time = 1 + random.nextInt(4);
    int batch = 1 + random.nextInt(3);
    List<Tensor> xs = new ArrayList<>();
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      Tensor x = normal(generator, time, batch, 1 + random.nextInt(5));
      xs.add(random.nextInt(4) > 0 ? x.leaf() : x);
    }
    List<Integer> widths = new ArrayList<>();
    List<Tensor> initial = new ArrayList<>();
    for (int k = random.nextInt(4); k > 0; k--) {
      widths.add(1 + random.nextInt(5));
      initial.add(normal(generator, batch, widths.getLast()).leaf());
    }
    List<Integer> choices = new ArrayList<>();
    for (int n = 1 + random.nextInt(10); n > 0; n--) {
      choices.add(random.nextInt(18));
    }
    List<Tensor> parameters =
        List.of(normal(generator, 64, 64).leaf(), normal(generator, 64).leaf());
    RandomStep step = new RandomStep(choices, widths, parameters);
    String what =
        "seed %d: choices %s, states %s, T %d, B %d".formatted(seed, choices, widths, time, batch);
    List<double[]> eager = results(step, ScanMode.EAGER, xs, initial);
    List<double[]> compiled;
    try {
      compiled = results(step, ScanMode.COMPILED, xs, initial);
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
    for (int i = 0; i < eager.size(); i++) {
      double scale = 1;
      for (double value : eager.get(i)) {
        scale = Math.max(scale, Math.abs(value));
      }
      for (int k = 0; k < eager.get(i).length; k++) {
        double error = Math.abs(eager.get(i)[k] - compiled.get(i)[k]) / scale;
        assertTrue(error <= 1e-10, what + ": result " + i + " differs by " + error);
      }
    }
  }

  private static List<double[]> results(
      RandomStep step, ScanMode mode, List<Tensor> xs, List<Tensor> initial) {
    var result = Scan.over(step).in(mode).run(xs, initial);
    Tensor loss = Tensor.scalar(DType.F64, 0);
    for (Tensor y : result.outputs()) {
      loss = loss.add(y.mul(0.7).sin().sum());
    }
    for (Tensor s : result.state()) {
      loss = loss.add(s.square().sum());
    }
    List<double[]> all = new ArrayList<>();
    result.outputs().forEach(y -> all.add(y.toDoubleArray()));
    result.state().forEach(s -> all.add(s.toDoubleArray()));
    List<Tensor> wrt = new ArrayList<>(step.parameters());
    wrt.addAll(TensorTree.flatten(initial));
    xs.stream().filter(Tensor::requiresGrad).forEach(wrt::add);
    if (loss.requiresGrad()) {
      Map<Tensor, Tensor> gradients = loss.gradients(wrt);
      wrt.forEach(t -> all.add(gradients.get(t).toDoubleArray()));
    }
    return all;
  }

  private static Tensor normal(Generator generator, int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.4);
  }
}
