package org.tapeloop.nn.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Limited-memory BFGS: steps along an estimate of Newton's direction, made of the latest changes of
 * weights and gradients. For losses without noise: a whole data set, the same masks every time.
 *
 * <pre>{@code
 * Lbfgs optimizer = new Lbfgs(model.parameters());
 * double loss = optimizer.step(() -> loss(model));
 * }</pre>
 *
 * <p>With steps s and changes of the gradient y, the direction is {@code -H g}, H being {@code (s.y
 * / y.y) I} updated by each remembered pair; pairs with {@code s.y <= 1e-10} are not remembered.
 * The length of a step satisfies the strong Wolfe conditions, {@code f(x + t d) <= f(x) + 1e-4 t
 * g.d} and {@code |g(x + t d).d| <= 0.9 |g.d|}, found with cubic interpolation; {@linkplain
 * #fixedSteps without a search} it is the learning rate.
 *
 * <p>The learning rate is 1, and one call makes up to 20 iterations and 25 evaluations, remembers
 * 100 pairs, and stops early where no entry of the gradient exceeds 1e-7, or none of the step, or
 * the change of the loss, exceeds 1e-9: PyTorch's defaults. Vectors are F64 whatever the parameters
 * are.
 *
 * <p>Source: Nocedal and Wright 2006, "Numerical optimization", algorithms 7.4, 3.5 and 3.6.
 */
public final class Lbfgs implements Restorable {
  private static final double FLAT = 1e-10;
  private static final String WHAT = "L-BFGS";
  private static final String RATE = "learning_rate";
  private static final String ITERATIONS = "n_iter";
  private static final String LENGTH = "t";
  private static final String DIRECTION = "d";
  private static final String GRADIENT = "prev_flat_grad";
  private static final String STEPS = "old_stps";
  private static final String CHANGES = "old_dirs";

  private final Map<String, Parameter> parameters;
  private double learningRate = 1;
  private int maxIterations = 20;
  private int maxEvaluations = 25;
  private int history = 100;
  private double gradientTolerance = 1e-7;
  private double changeTolerance = 1e-9;
  private boolean searching = true;

  private long iterations;
  private double length;
  private @Nullable Tensor direction;
  private @Nullable Tensor previousGradient;
  private final List<Tensor> steps = new ArrayList<>();
  private final List<Tensor> changes = new ArrayList<>();

  /**
   * With the defaults.
   *
   * @throws IllegalArgumentException if there are no parameters, or one has two names
   */
  public Lbfgs(Map<String, Parameter> parameters) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("optimiser: no parameters");
    }
    States.requireDistinct(parameters);
    this.parameters = new LinkedHashMap<>(parameters);
  }

  // ---- settings ----

  /** The length that a search begins with, and of steps without one. */
  public Lbfgs learningRate(double value) {
    learningRate = Optimizer.aboveZero("learning rate", value);
    return this;
  }

  /** How much one call may do. */
  public Lbfgs limits(int iterationsPerCall, int evaluationsPerCall) {
    maxIterations = requirePositive("iterations", iterationsPerCall);
    maxEvaluations = requirePositive("evaluations", evaluationsPerCall);
    return this;
  }

  /** How many pairs are remembered. */
  public Lbfgs history(int pairs) {
    history = requirePositive("history", pairs);
    return this;
  }

  /** When to stop: no entry of the gradient, or of a step and the loss's change, exceeds these. */
  public Lbfgs tolerances(double gradient, double change) {
    gradientTolerance = Optimizer.atLeastZero("gradient tolerance", gradient);
    changeTolerance = Optimizer.atLeastZero("change tolerance", change);
    return this;
  }

  /** Steps as long as the learning rate says, with no search. */
  public Lbfgs fixedSteps() {
    searching = false;
    return this;
  }

  private static int requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "optimizer: the " + name + " must be at least 1, not " + value);
    }
    return value;
  }

  // ---- use ----

  /**
   * Some iterations, which move the parameters.
   *
   * @param loss computes the scalar loss from the parameters' current values, recorded
   * @return the loss before the first iteration
   * @throws IllegalStateException if the loss is no scalar or was not recorded
   */
  public double step(Supplier<Tensor> loss) {
    return Autograd.enableGrad(() -> run(new Objective(loss)));
  }

  private double run(Objective objective) {
    Tensor x = objective.position();
    Point at = objective.evaluate(0);
    double first = at.loss;
    if (!Double.isFinite(first) || largest(at.gradient) <= gradientTolerance) {
      return first;
    }
    for (int k = 0; k < maxIterations && objective.evaluations < maxEvaluations; k++) {
      Tensor d = nextDirection(at.gradient);
      double slope = dot(at.gradient, d);
      iterations++;
      direction = d;
      previousGradient = at.gradient;
      length = 0;
      if (!(slope < -changeTolerance)) {
        break;
      }
      double begin =
          iterations == 1
              ? Math.min(1, 1 / at.gradient.abs().sum().item()) * learningRate
              : learningRate;
      objective.along(x, d);
      Point next =
          searching
              ? new WolfeSearch(objective, maxEvaluations).from(at, slope, begin)
              : objective.evaluate(begin);
      length = next.length;
      objective.moveTo(next.length);
      x = objective.position();
      double change = Math.abs(next.loss - at.loss);
      at = new Point(0, next.loss, next.gradient, 0);
      if (largest(at.gradient) <= gradientTolerance
          || largest(d) * length <= changeTolerance
          || !(change >= changeTolerance)) {
        break;
      }
    }
    return first;
  }

  /** {@code -H g}, remembering what the latest step has shown. */
  private Tensor nextDirection(Tensor gradient) {
    Tensor d = direction;
    Tensor before = previousGradient;
    if (d != null && before != null && length != 0) {
      Tensor y = gradient.sub(before);
      Tensor s = d.mul(length);
      if (dot(y, s) > FLAT) {
        while (steps.size() >= history) {
          steps.removeFirst();
          changes.removeFirst();
        }
        steps.add(s);
        changes.add(y);
      }
    }
    Tensor q = gradient.neg();
    double[] along = new double[steps.size()];
    for (int i = steps.size() - 1; i >= 0; i--) {
      along[i] = dot(steps.get(i), q) / dot(steps.get(i), changes.get(i));
      q = q.sub(changes.get(i).mul(along[i]));
    }
    if (!steps.isEmpty()) {
      Tensor y = changes.getLast();
      q = q.mul(dot(steps.getLast(), y) / dot(y, y));
    }
    for (int i = 0; i < steps.size(); i++) {
      double back = dot(changes.get(i), q) / dot(steps.get(i), changes.get(i));
      q = q.add(steps.get(i).mul(along[i] - back));
    }
    return q;
  }

  private static double dot(Tensor a, Tensor b) {
    return a.matmul(b).item();
  }

  private static double largest(Tensor x) {
    return x.size() == 0 ? 0 : x.abs().max().item();
  }

  // ---- the loss along a line ----

  /**
   * The loss at a point of the line.
   *
   * @param length from its start
   * @param slope along it
   */
  record Point(double length, double loss, Tensor gradient, double slope) {}

  /** The loss as a function of all parameters, and along a line through them. */
  final class Objective {
    private final Supplier<Tensor> loss;
    private final List<Parameter> trained =
        parameters.values().stream().filter(Parameter::isTrainable).toList();
    private @Nullable Tensor from;
    private @Nullable Tensor along;
    private int evaluations;

    Objective(Supplier<Tensor> loss) {
      this.loss = loss;
    }

    int evaluations() {
      return evaluations;
    }

    /** All trained values in one vector. */
    Tensor position() {
      return flat(trained.stream().map(parameter -> parameter.value().detach()).toList());
    }

    void along(Tensor start, Tensor d) {
      from = start;
      along = d;
    }

    /** Puts the parameters at a point of the line. */
    void moveTo(double t) {
      Tensor start = from;
      Tensor d = along;
      if (start == null || d == null) {
        return;
      }
      Tensor x = start.add(d.mul(t));
      int at = 0;
      for (Parameter parameter : trained) {
        Tensor value = parameter.value();
        parameter.set(x.narrow(0, at, value.size()).reshape(value.shape()).to(value.dtype()));
        at += value.size();
      }
    }

    Point evaluate(double t) {
      moveTo(t);
      evaluations++;
      List<Tensor> values = trained.stream().map(Parameter::value).toList();
      Tensor result = loss.get();
      Map<Tensor, Tensor> gradients = result.gradients(values);
      List<Tensor> ordered = new ArrayList<>();
      values.forEach(value -> ordered.add(gradients.getOrDefault(value, value.zerosLike())));
      Tensor gradient = flat(ordered);
      Tensor d = along;
      return new Point(t, result.item(), gradient, d == null ? 0 : dot(gradient, d));
    }

    private static Tensor flat(List<Tensor> tensors) {
      return Tensor.cat(
          tensors.stream().map(t -> t.detach().to(DType.F64).reshape(-1)).toList(), 0);
    }
  }

  // ---- state ----

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put(RATE, States.number(learningRate));
    all.put(ITERATIONS, States.number((double) iterations));
    Tensor d = direction;
    Tensor gradient = previousGradient;
    if (d != null && gradient != null) {
      all.put(LENGTH, States.number(length));
      all.put(DIRECTION, d);
      all.put(GRADIENT, gradient);
      all.put(STEPS, stacked(steps, d.size()));
      all.put(CHANGES, stacked(changes, d.size()));
    }
    return all;
  }

  private static Tensor stacked(List<Tensor> vectors, int size) {
    return vectors.isEmpty()
        ? Tensor.zeros(DType.F64, Shape.of(0, size))
        : Tensor.stack(vectors, 0);
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    double rate = Optimizer.aboveZero("learning rate", States.takeNumber(left, WHAT, RATE));
    long count = States.takeCount(left, WHAT, ITERATIONS);
    double t = 0;
    Tensor d = null;
    Tensor gradient = null;
    List<Tensor> s = List.of();
    List<Tensor> y = List.of();
    if (count > 0) {
      t = States.takeNumber(left, WHAT, LENGTH);
      int size =
          parameters.values().stream()
              .filter(Parameter::isTrainable)
              .mapToInt(parameter -> parameter.shape().size())
              .sum();
      d = vectors(left, DIRECTION, size, 1).getFirst();
      gradient = vectors(left, GRADIENT, size, 1).getFirst();
      s = vectors(left, STEPS, size, 2);
      y = vectors(left, CHANGES, size, 2);
      if (s.size() != y.size()) {
        throw new IllegalArgumentException(
            "%s: the state has %d steps but %d changes".formatted(WHAT, s.size(), y.size()));
      }
    }
    States.requireEmpty(left, WHAT);
    learningRate = rate;
    iterations = count;
    length = t;
    direction = d;
    previousGradient = gradient;
    steps.clear();
    steps.addAll(s);
    changes.clear();
    changes.addAll(y);
  }

  private static List<Tensor> vectors(Map<String, Tensor> left, String name, int size, int rank) {
    Tensor found = left.remove(name);
    if (found == null
        || found.rank() != rank
        || found.extent(-1) != size
        || found.dtype() != DType.F64) {
      throw new IllegalArgumentException(
          "%s: the state's '%s' is no F64 vector of %d weights".formatted(WHAT, name, size));
    }
    if (rank == 1) {
      return List.of(found.detach().contiguous());
    }
    return found.extent(0) == 0
        ? List.of()
        : found.detach().unstack(0).stream().map(Tensor::contiguous).toList();
  }
}
