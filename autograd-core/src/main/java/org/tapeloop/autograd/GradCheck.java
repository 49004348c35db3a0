package org.tapeloop.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Compares derivatives with central differences, {@code (f(x + h) - f(x - h)) / 2h}, in F64.
 *
 * <p>One line in a test checks the first and the second derivatives of a function:
 *
 * <pre>{@code
 * GradCheck.check(Tensor::tanh, Tensor.ofDoubles(-1, 0.3, 2));
 * GradCheck.check(in -> in[0].affine(in[1], in[2]), x, weight, bias);
 * }</pre>
 *
 * <p>The first order compares the Jacobian of f; the second, the Jacobian of its vector-Jacobian
 * product with respect to inputs and cotangent. A Jacobian of at most {@value #WHOLE_JACOBIAN}
 * entries is compared entry by entry; of a larger one the product with a random cotangent on the
 * left and random directions on the right, one direction an input. Points next to a kink fail: the
 * difference straddles it.
 *
 * <p>With this step and smooth functions of order 1, differences are good to about 1e-9.
 *
 * @param step h, times the magnitude of an element above 1
 * @param tolerance largest accepted error, relative to magnitudes above 1, absolute below
 * @param orders 1 for first derivatives only, 2 for second ones too
 * @param seed of random cotangents and directions
 */
public record GradCheck(double step, double tolerance, int orders, long seed) {
  /** Step 1e-5, tolerance 1e-6, both orders. */
  public static final GradCheck DEFAULTS = new GradCheck(1e-5, 1e-6, 2, 0);

  private static final int WHOLE_JACOBIAN = 4096;

  /** How many random directions stand for a large Jacobian. */
  private static final int DIRECTIONS = 3;

  /** A function of several tensors. */
  @FunctionalInterface
  public interface TensorFunction {
    /** The result, made of differentiable operations. */
    Tensor apply(Tensor... inputs);
  }

  /** Checks the settings. */
  public GradCheck {
    if (!(step > 0) || !(tolerance > 0) || orders < 1 || orders > 2) {
      throw new IllegalArgumentException(
          "gradcheck: step %s and tolerance %s must be positive, orders %d 1 or 2"
              .formatted(step, tolerance, orders));
    }
  }

  /** With another tolerance. */
  public GradCheck withTolerance(double other) {
    return new GradCheck(step, other, orders, seed);
  }

  /** With another step. */
  public GradCheck withStep(double other) {
    return new GradCheck(other, tolerance, orders, seed);
  }

  /** Leaving out the second order. */
  public GradCheck firstOrderOnly() {
    return new GradCheck(step, tolerance, 1, seed);
  }

  /** Checks a function of one tensor with the {@link #DEFAULTS}. */
  public static void check(UnaryOperator<Tensor> f, Tensor x) {
    DEFAULTS.verify(in -> f.apply(in[0]), x);
  }

  /** Checks a function of two tensors with the {@link #DEFAULTS}. */
  public static void check(BinaryOperator<Tensor> f, Tensor a, Tensor b) {
    DEFAULTS.verify(in -> f.apply(in[0], in[1]), a, b);
  }

  /** Checks a function with the {@link #DEFAULTS}. */
  @SuppressWarnings("overloads") // a lambda given one tensor is the unary one: no varargs needed
  public static void check(TensorFunction f, Tensor... inputs) {
    DEFAULTS.verify(f, inputs);
  }

  /**
   * Checks a function.
   *
   * @param inputs where to check it, in F64; all are differentiated
   * @throws AssertionError naming the worst entry, if a derivative and its difference differ, or
   *     either is NaN, or two evaluations at one point do
   * @throws IllegalArgumentException if an input or the result is not F64
   */
  public void verify(TensorFunction f, Tensor... inputs) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (Tensor input : inputs) {
      named.put("input " + named.size(), input);
    }
    verify(named, in -> f.apply(in.values().toArray(Tensor[]::new)));
  }

  /**
   * Checks a function of named tensors, such as the parameters of a layer; otherwise as {@link
   * #verify(TensorFunction, Tensor...)}.
   *
   * @param inputs where to check it, by the names that an error calls them
   * @param f given tensors of the same names, in the same order
   */
  public void verify(Map<String, Tensor> inputs, Function<Map<String, Tensor>, Tensor> f) {
    List<String> names = new ArrayList<>(inputs.keySet());
    List<Tensor> at = new ArrayList<>();
    inputs.forEach((name, input) -> at.add(requireDouble(name, input).detach()));
    List<String> asked = List.copyOf(names);
    Mapping first =
        in -> {
          Map<String, Tensor> named = new LinkedHashMap<>();
          for (int i = 0; i < in.size(); i++) {
            named.put(asked.get(i), in.get(i));
          }
          return List.of(requireDouble("result", f.apply(named)));
        };
    Tensor y = Autograd.noGrad(() -> first.apply(at)).getFirst();
    compare("first derivative", first, at, names, List.of("output"));
    if (orders == 2) {
      List<String> gradients = names.stream().map(name -> "gradient of " + name).toList();
      at.add(Tensor.normal(new RandomStream(seed, 0), DType.F64, y.shape(), 0, 1));
      names.add("cotangent");
      compare("second derivative", in -> pullBack(first, in), at, names, gradients);
    }
  }

  private static Tensor requireDouble(String name, Tensor t) {
    if (t.dtype() != DType.F64) {
      throw new IllegalArgumentException(
          "gradcheck: %s is %s; differences need F64".formatted(name, t.dtype()));
    }
    return t;
  }

  /** Several tensors to several tensors. */
  @FunctionalInterface
  private interface Mapping {
    List<Tensor> apply(List<Tensor> in);
  }

  /** The gradients of {@code <last input, f(others)>} with respect to the others. */
  private static List<Tensor> pullBack(Mapping f, List<Tensor> in) {
    return Autograd.enableGrad(
        () -> {
          // Where the caller records, the inputs are leaves already, and its graph must go on.
          List<Tensor> x =
              in.subList(0, in.size() - 1).stream()
                  .map(t -> t.requiresGrad() ? t : t.leaf())
                  .toList();
          return List.copyOf(
              Autograd.gradients(f.apply(x), List.of(in.getLast()), x, GraphMode.CREATE).values());
        });
  }

  private void compare(
      String what, Mapping f, List<Tensor> at, List<String> inputs, List<String> outputs) {
    List<Tensor> leaves = at.stream().map(Tensor::leaf).toList();
    List<Tensor> results = f.apply(leaves);
    double[] values = flat(results);
    if (!Arrays.equals(values, flat(evaluate(f, at)))) {
      throw new AssertionError(
          "gradcheck: two evaluations at the same point differ; is a random stream drawn anew?");
    }
    Report report = new Report(what);
    long inputSize = at.stream().mapToLong(Tensor::size).sum();
    if (inputSize * values.length <= WHOLE_JACOBIAN) {
      compareEntries(f, at, leaves, results, new Names(inputs, outputs), report);
    } else {
      compareDirections(f, at, leaves, results, inputs, report);
    }
    report.failIfAny();
  }

  /** What operands and results are called in a failure. */
  private record Names(List<String> inputs, List<String> outputs) {}

  private void compareEntries(
      Mapping f,
      List<Tensor> at,
      List<Tensor> leaves,
      List<Tensor> results,
      Names names,
      Report report) {
    List<List<double[]>> analytic = analyticRows(leaves, results);
    for (int k = 0; k < at.size(); k++) {
      for (int i = 0; i < at.get(k).size(); i++) {
        double[] numeric = difference(f, at, k, oneHot(at.get(k).shape(), i));
        for (int out = 0, row = 0; out < results.size(); out++) {
          for (int j = 0; j < results.get(out).size(); j++, row++) {
            report.compare(
                analytic.get(row).get(k)[i],
                numeric[row],
                names.outputs().get(out) + index(results.get(out).shape(), j),
                names.inputs().get(k) + index(at.get(k).shape(), i));
          }
        }
      }
    }
  }

  /** For each element of the results its derivatives with respect to each leaf. */
  private static List<List<double[]>> analyticRows(List<Tensor> leaves, List<Tensor> results) {
    List<List<double[]>> rows = new ArrayList<>();
    List<Tensor> zeros = results.stream().map(Tensor::zerosLike).toList();
    for (int out = 0; out < results.size(); out++) {
      for (int j = 0; j < results.get(out).size(); j++) {
        List<Tensor> cotangents = new ArrayList<>(zeros);
        cotangents.set(out, oneHot(results.get(out).shape(), j));
        var gradients = Autograd.gradients(results, cotangents, leaves, GraphMode.RETAIN);
        rows.add(gradients.values().stream().map(Tensor::toDoubleArray).toList());
      }
    }
    return rows;
  }

  private void compareDirections(
      Mapping f,
      List<Tensor> at,
      List<Tensor> leaves,
      List<Tensor> results,
      List<String> inputs,
      Report report) {
    Generator generator = new Generator(seed, 1);
    for (int trial = 0; trial < DIRECTIONS; trial++) {
      List<Tensor> cotangents =
          results.stream().map(y -> unit(generator.next(), y.shape())).toList();
      double[] weights = flat(cotangents);
      List<Tensor> gradients =
          List.copyOf(Autograd.gradients(results, cotangents, leaves, GraphMode.RETAIN).values());
      for (int k = 0; k < at.size(); k++) {
        Tensor direction = unit(generator.next(), at.get(k).shape());
        double analytic = gradients.get(k).mul(direction).sum().item();
        double[] slopes = difference(f, at, k, direction);
        double numeric = 0;
        for (int j = 0; j < slopes.length; j++) {
          numeric += weights[j] * slopes[j];
        }
        report.compare(
            analytic,
            numeric,
            "random projection of the result",
            "random direction of " + inputs.get(k));
      }
    }
  }

  /** A random tensor with Euclidean norm 1. */
  private static Tensor unit(RandomStream stream, Shape shape) {
    Tensor t = Tensor.normal(stream, DType.F64, shape, 0, 1);
    return t.size() == 0 ? t : t.div(t.norm());
  }

  /** The central difference of all results along a direction of one input. */
  private double[] difference(Mapping f, List<Tensor> at, int k, Tensor direction) {
    Tensor x = at.get(k);
    double h = step * Math.max(1, x.mul(direction).abs().max().item());
    double[] plus = flat(evaluate(f, replaced(at, k, x.add(direction.mul(h)))));
    double[] minus = flat(evaluate(f, replaced(at, k, x.sub(direction.mul(h)))));
    double[] slope = new double[plus.length];
    for (int j = 0; j < slope.length; j++) {
      slope[j] = (plus[j] - minus[j]) / (2 * h);
    }
    return slope;
  }

  private static List<Tensor> evaluate(Mapping f, List<Tensor> at) {
    return Autograd.noGrad(() -> f.apply(at));
  }

  private static List<Tensor> replaced(List<Tensor> at, int k, Tensor x) {
    List<Tensor> moved = new ArrayList<>(at);
    moved.set(k, x);
    return moved;
  }

  private static Tensor oneHot(Shape shape, int i) {
    double[] values = new double[shape.size()];
    values[i] = 1;
    return Tensor.ofDoubles(shape, values);
  }

  private static double[] flat(List<Tensor> tensors) {
    return tensors.stream().flatMapToDouble(t -> Arrays.stream(t.toDoubleArray())).toArray();
  }

  /** The index of element i in brackets; nothing for a scalar. */
  private static String index(Shape shape, int i) {
    int[] index = new int[shape.rank()];
    for (int axis = shape.rank() - 1, rest = i; axis >= 0; axis--) {
      index[axis] = rest % shape.extent(axis);
      rest /= shape.extent(axis);
    }
    return index.length == 0 ? "" : Arrays.toString(index);
  }

  /** Counts comparisons and remembers the worst. */
  private final class Report {
    private final String what;
    private int compared;
    private int failed;
    private double worst = -1;
    private String worstEntry = "";

    Report(String what) {
      this.what = what;
    }

    void compare(double analytic, double numeric, String output, String input) {
      compared++;
      double scale = Math.max(1, Math.max(Math.abs(analytic), Math.abs(numeric)));
      double error = Math.abs(analytic - numeric) / scale;
      if (!(error <= tolerance)) {
        failed++;
        // NaN is worse than any number.
        if (!(error <= worst) && !Double.isNaN(worst)) {
          worst = error;
          worstEntry =
              "d %s / d %s: analytic %.9g, numeric %.9g, error %.3g"
                  .formatted(output, input, analytic, numeric, error);
        }
      }
    }

    void failIfAny() {
      if (failed > 0) {
        throw new AssertionError(
            "gradcheck, %s: %d of %d entries differ by more than %s with step %s; the worst: %s"
                .formatted(what, failed, compared, tolerance, step, worstEntry));
      }
    }
  }
}
