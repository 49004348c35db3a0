package org.tapeloop.nn.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Changes parameters so that a loss falls.
 *
 * <pre>{@code
 * Optimizer optimizer = new Adam(model.parameters(), 1e-3);
 * Tensor loss = ...;
 * optimizer.step(loss.gradients(model.values()));
 * }</pre>
 *
 * <p>A parameter without a gradient in a step stays as it is, and so does all that is remembered of
 * it. Parameters with settings of their own get an optimiser of their own; two optimisers may be
 * given the same map of gradients, see {@link ParameterGroups}.
 *
 * <p>A new kind of optimiser states its rule for one parameter in {@link #update}; it is made of
 * tensor operations, so it runs on every backend.
 */
public abstract class Optimizer implements Restorable {
  private static final String KIND = "kind";
  private static final String LEARNING_RATE = "learning_rate";
  private static final String STEP = "step";

  private final Map<String, Parameter> parameters;
  private final Map<String, State> states = new LinkedHashMap<>();

  private final OnePass onePass = new OnePass();
  private double learningRate;

  /**
   * For subclasses.
   *
   * @param parameters by name; the names are those of the saved state
   * @throws IllegalArgumentException if there are none, or one has two names
   */
  protected Optimizer(Map<String, Parameter> parameters, double learningRate) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException(
          "optimiser: no parameters; does the layer declare its own with parameter(...) and its"
              + " parts with child(...)?");
    }
    States.requireDistinct(parameters);
    this.parameters = new LinkedHashMap<>(parameters);
    setLearningRate(learningRate);
  }

  /**
   * The rule: one parameter's value after a step.
   *
   * @param value before the step
   * @param gradient of its shape and element type
   * @param state what is remembered of the parameter; its step counts this one
   */
  protected abstract Tensor update(Tensor value, Tensor gradient, State state);

  /** What the rule, as it is set up now, remembers of each parameter besides its steps. */
  protected abstract Set<String> stateNames();

  /**
   * Tensors that a parameter may have or lack, as a setting that goes with them may have changed in
   * mid-run: states with and without them can be loaded. None unless said.
   */
  protected Set<String> optionalStateNames() {
    return Set.of();
  }

  /** The numbers that the rule remembers of each parameter besides its steps; none unless said. */
  protected Set<String> numberNames() {
    return Set.of();
  }

  /**
   * Whether the rule treats each element alone and remembers tensors only: then large parameters
   * are updated in one pass over memory. A rule that says so may be called on symbols.
   */
  protected boolean isElementwise() {
    return false;
  }

  /** The parameters by name. */
  final Map<String, Parameter> parameters() {
    return parameters;
  }

  // ---- use ----

  /**
   * One step with the gradients of a loss with respect to the parameters' current values.
   *
   * <p>It puts other values into the parameters. Look gradients up before, with {@link
   * org.tapeloop.nn.Layer#byName} say: their keys are the values of then.
   *
   * @param gradients keyed by {@link Parameter#value}; keys that are no parameter's value are
   *     passed by, but not all of them, unless every parameter is frozen
   * @throws IllegalArgumentException if a gradient's shape or element type is not its parameter's,
   *     or the remembered state has another element type, or the gradient was computed from a value
   *     that has been replaced since, or none is that of a parameter; nothing changes then
   */
  public final void step(Map<Tensor, Tensor> gradients) {
    step(gradients, 1);
  }

  /**
   * One step with the gradients times a factor, such as {@link Clipping#factor}: as {@link
   * #step(Map)} with gradients that were multiplied before, in one pass less over memory.
   *
   * @param factor of all gradients
   */
  public final void step(Map<Tensor, Tensor> gradients, double factor) {
    Runnable step = prepare(gradients, factor);
    GradientChecks.requireOwn(parameters.values(), gradients);
    step.run();
  }

  /** A step that nothing can refuse any more. */
  final Runnable prepare(Map<Tensor, Tensor> gradients, double factor) {
    List<Due> all = new ArrayList<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor gradient = gradients.get(parameter.value());
          if (gradient != null && parameter.isTrainable()) {
            GradientChecks.requireLike(name, parameter, gradient);
            checkState(name, parameter);
            all.add(new Due(name, parameter, gradient.detach()));
          } else {
            GradientChecks.requireTimely(name, parameter, gradients);
          }
        });
    return () -> Autograd.noGrad(() -> all.forEach(due -> step(due, factor)));
  }

  /** A parameter that takes part in a step. */
  private record Due(String name, Parameter parameter, Tensor gradient) {}

  private void step(Due due, double factor) {
    State state = states.computeIfAbsent(due.name, unseen -> new State());
    state.step++;
    Tensor old = due.parameter.value().detach();
    boolean remembers = state.tensors.keySet().containsAll(stateNames());
    boolean inOnePass = isElementwise() && remembers && OnePass.pays(old.shape());
    due.parameter.set(
        inOnePass
            ? updateInOnePass(old, due.gradient, factor, state)
            : update(old, scaled(due.gradient, factor), state));
  }

  private static Tensor scaled(Tensor gradient, double factor) {
    return factor == 1 ? gradient : gradient.mul(factor);
  }

  private Tensor updateInOnePass(Tensor value, Tensor gradient, double factor, State state) {
    List<String> names = List.copyOf(state.tensors.keySet());
    List<Tensor> operands = new ArrayList<>(List.of(value, gradient));
    operands.addAll(state.tensors.values());
    List<Tensor> results =
        onePass.run(
            symbols -> {
              State symbolic = new State();
              symbolic.step = state.step;
              symbolic.numbers.putAll(state.numbers);
              for (int i = 0; i < names.size(); i++) {
                symbolic.set(names.get(i), symbols.get(2 + i));
              }
              List<Tensor> all = new ArrayList<>();
              all.add(update(symbols.get(0), scaled(symbols.get(1), factor), symbolic));
              names.forEach(name -> all.add(symbolic.find(name).orElseThrow()));
              return all;
            },
            operands);
    for (int i = 0; i < names.size(); i++) {
      state.set(names.get(i), results.get(1 + i));
    }
    return results.getFirst();
  }

  private void checkState(String name, Parameter parameter) {
    State state = states.get(name);
    if (state == null) {
      return;
    }
    for (Tensor remembered : state.tensors.values()) {
      if (remembered.dtype() != parameter.value().dtype()) {
        throw new IllegalArgumentException(
            "step: the optimiser's state of '%s' is %s but the parameter is %s; convert a model before its optimiser is made"
                .formatted(name, remembered.dtype(), parameter.value().dtype()));
      }
    }
  }

  /** The factor of each step. */
  public final double learningRate() {
    return learningRate;
  }

  /**
   * Sets the factor of the steps to come; schedules do so before each.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  public final void setLearningRate(double learningRate) {
    this.learningRate = atLeastZero("learning rate", learningRate);
  }

  // ---- state ----

  /**
   * What is remembered of one parameter from step to step: tensors of its shape and numbers by
   * name, and how many steps it took.
   */
  protected static final class State {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Double> numbers = new LinkedHashMap<>();
    private int step;

    private State() {}

    /** Steps of this parameter, the current one included: 1 in the first. */
    public int step() {
      return step;
    }

    /** A remembered tensor, if it was set before. */
    public Optional<Tensor> find(String name) {
      return Optional.ofNullable(tensors.get(name));
    }

    /** A remembered tensor; before it was set, zeros like a tensor. */
    public Tensor getOrZeros(String name, Tensor like) {
      return find(name).orElseGet(like::zerosLike);
    }

    /**
     * Remembers a tensor.
     *
     * @return the tensor
     */
    public Tensor set(String name, Tensor tensor) {
      tensors.put(name, tensor);
      return tensor;
    }

    /** A remembered number; before it was set, the given one. */
    public double number(String name, double initial) {
      return numbers.getOrDefault(name, initial);
    }

    /**
     * Remembers a number.
     *
     * @return the number
     */
    public double setNumber(String name, double number) {
      numbers.put(name, number);
      return number;
    }
  }

  /**
   * All that is needed to go on as if there had been no break: the kind of optimiser, the learning
   * rate, and for each parameter that took a step {@code name.step} and the remembered tensors,
   * {@code name.exp_avg} say, under PyTorch's names. Counts and rates are F64 scalars, the kind is
   * the name of the class as an F64 vector of its characters' codes.
   */
  @Override
  public final Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put(KIND, States.text(kind()));
    all.put(LEARNING_RATE, Tensor.scalar(DType.F64, learningRate));
    states.forEach(
        (name, state) -> {
          all.put(name + '.' + STEP, Tensor.scalar(DType.F64, state.step));
          state.tensors.forEach((slot, tensor) -> all.put(name + '.' + slot, tensor));
          state.numbers.forEach(
              (slot, number) -> all.put(name + '.' + slot, Tensor.scalar(DType.F64, number)));
        });
    return all;
  }

  /**
   * Goes on from a {@link #state}. A state without a kind, as earlier versions saved it, is taken
   * to be of this one.
   *
   * @throws IllegalArgumentException if the state is of another kind of optimiser, or its tensors
   *     are not those that this kind keeps for these parameters; nothing changes then
   */
  @Override
  public final void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    Tensor savedKind = left.remove(KIND);
    if (savedKind != null && !kind().equals(States.text(savedKind))) {
      throw new IllegalArgumentException(
          "optimizer: the state is of %s, not of %s".formatted(States.text(savedKind), kind()));
    }
    Tensor rate = left.remove(LEARNING_RATE);
    if (rate == null || rate.size() != 1) {
      throw new IllegalArgumentException("optimizer: the state has no learning rate");
    }
    Map<String, State> loaded = new LinkedHashMap<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor step = left.remove(name + '.' + STEP);
          if (step != null) {
            loaded.put(name, stateOf(name, parameter, step, left));
          }
        });
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "optimizer: the state holds what %s does not know: %s"
              .formatted(kind(), new TreeSet<>(left.keySet())));
    }
    setLearningRate(rate.item());
    states.clear();
    states.putAll(loaded);
  }

  /** The class's name without its package, which anonymous classes have too. */
  private String kind() {
    String name = getClass().getName();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private State stateOf(String name, Parameter parameter, Tensor step, Map<String, Tensor> left) {
    State state = new State();
    if (step.size() != 1 || !(step.item() >= 1) || step.item() != (int) step.item()) {
      throw new IllegalArgumentException(
          "optimizer: the state's '%s.%s' is no count".formatted(name, STEP));
    }
    state.step = (int) step.item();
    for (String slot : slotsOf(name, left)) {
      Tensor saved = States.takeLike(left, "optimizer", name + '.' + slot, parameter);
      state.set(slot, saved.contiguous());
    }
    for (String slot : numberNames()) {
      state.setNumber(slot, States.takeNumber(left, "optimizer", name + '.' + slot));
    }
    return state;
  }

  /** The tensors that a parameter's saved state must have, and those it may have and has. */
  private Set<String> slotsOf(String name, Map<String, Tensor> saved) {
    Set<String> slots = new LinkedHashSet<>(stateNames());
    for (String optional : optionalStateNames()) {
      if (saved.containsKey(name + '.' + optional)) {
        slots.add(optional);
      } else {
        slots.remove(optional);
      }
    }
    return slots;
  }

  // ---- for subclasses ----

  /** {@code decay * old + (1 - decay) * sample}: an exponential moving average. */
  protected static Tensor average(Tensor old, Tensor sample, double decay) {
    return old.mul(decay).add(sample.mul(1 - decay));
  }

  /** A setting that must be finite and not negative. */
  protected static double atLeastZero(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "optimizer: the " + name + " must be finite and at least 0, not " + value);
    }
    return value;
  }

  /** A setting that must be finite and above 0. */
  protected static double aboveZero(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "optimizer: the " + name + " must be finite and above 0, not " + value);
    }
    return value;
  }

  /** A setting that must be in [0, 1). */
  protected static double belowOne(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "optimizer: the " + name + " must be in [0, 1), not " + value);
    }
    return value;
  }
}
