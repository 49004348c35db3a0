package org.tapeloop.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/** Settings that change in mid-run, and what is saved before and after. */
class ChangedSettingsTest {
  private static final int STEPS = 9;
  private static final String W = "w";
  private static final String B = "b";

  /**
   * A run whose settings depend on the step.
   *
   * @param create an optimiser as it is set up for a step
   * @param change makes an optimiser that has gone on from the step before one for a step
   */
  record Run(
      String name,
      BiFunction<Map<String, Parameter>, Integer, Optimizer> create,
      BiConsumer<Optimizer, Integer> change) {

    /** A run with a setting that is made anew before each step. */
    static <O extends Optimizer> Run of(
        String name,
        Class<O> kind,
        BiFunction<Map<String, Parameter>, Double, O> create,
        BiConsumer<O, Integer> change) {
      return new Run(
          name,
          (parameters, step) -> {
            O optimizer = create.apply(parameters, 0.1);
            for (int i = 0; i <= step; i++) {
              change.accept(optimizer, i);
            }
            return optimizer;
          },
          (optimizer, step) -> change.accept(kind.cast(optimizer), step));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Run> runs() {
    return List.of(
        Run.of("sgd, momentum on", Sgd.class, Sgd::new, (o, i) -> o.momentum(i < 4 ? 0 : 0.9)),
        Run.of(
            "sgd, nesterov on",
            Sgd.class,
            Sgd::new,
            (o, i) -> {
              if (i == 3) {
                o.momentum(0.9).nesterov();
              }
            }),
        Run.of("sgd, momentum off", Sgd.class, Sgd::new, (o, i) -> o.momentum(i < 4 ? 0.9 : 0)),
        Run.of(
            "sgd, momentum off and on",
            Sgd.class,
            Sgd::new,
            (o, i) -> o.momentum(i < 3 || i > 5 ? 0.9 : 0).dampening(0.1)),
        Run.of(
            "rmsprop, momentum on",
            RmsProp.class,
            RmsProp::new,
            (o, i) -> o.momentum(i < 4 ? 0 : 0.9)),
        Run.of(
            "rmsprop, momentum off and on",
            RmsProp.class,
            RmsProp::new,
            (o, i) -> o.momentum(i < 3 || i > 5 ? 0.9 : 0)),
        Run.of(
            "rmsprop, centred",
            RmsProp.class,
            RmsProp::new,
            (o, i) -> {
              if (i == 4) {
                o.centred();
              }
            }),
        Run.of(
            "adam, amsgrad",
            Adam.class,
            Adam::new,
            (o, i) -> {
              if (i == 4) {
                o.amsgrad();
              }
            }),
        Run.of(
            "adamw, amsgrad",
            AdamW.class,
            AdamW::new,
            (o, i) -> {
              if (i == 4) {
                o.amsgrad();
              }
            }));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void aRunThatIsBrokenOffAtAnyStepGoesOnBitForBit(Run run) {
    requireSameWithBreaks(run, Shape.of(2, 3));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void soDoesOneWhoseParametersAreUpdatedInOnePass(Run run) {
    requireSameWithBreaks(run, Shape.of(300, 128));
  }

  private static void requireSameWithBreaks(Run run, Shape shape) {
    Weights whole = weights(shape);
    Weights broken = weights(shape);
    Optimizer first = run.create().apply(whole.parameters(), 0);
    Optimizer second = run.create().apply(broken.parameters(), 0);
    for (int i = 0; i < STEPS; i++) {
      run.change().accept(first, i);
      run.change().accept(second, i);
      first.step(whole.keyed(gradients(i, shape)));
      second.step(broken.keyed(gradients(i, shape)));
      Map<String, Tensor> saved = second.state();
      second = run.create().apply(broken.parameters(), i);
      second.load(saved);
      assertSameBits(saved, second.state());
      assertSameBits(values(whole), values(broken));
    }
  }

  private static Weights weights(Shape shape) {
    return new Weights(Map.of(W, drawn(0, shape), B, drawn(1, shape)));
  }

  /** Of one parameter at each step, of the other at every third. */
  private static Map<String, Tensor> gradients(int step, Shape shape) {
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    gradients.put(W, drawn(2 + 2 * step, shape));
    if (step % 3 == 0) {
      gradients.put(B, drawn(3 + 2 * step, shape));
    }
    return gradients;
  }

  private static Tensor drawn(int stream, Shape shape) {
    return Tensor.normal(new RandomStream(5, stream), DType.F32, shape, 0, 1);
  }

  private static Map<String, Tensor> values(Weights weights) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    weights.parameters().forEach((name, parameter) -> values.put(name, parameter.value()));
    return values;
  }

  private static void assertSameBits(Map<String, Tensor> expected, Map<String, Tensor> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, tensor) ->
            assertArrayEquals(tensor.toDoubleArray(), actual.get(name).toDoubleArray(), name));
  }

  @Test
  void momentumMayBeSetAfterTheStateWasLoaded() {
    Weights weights = weights(Shape.of(3));
    Optimizer saved = new Sgd(weights.parameters(), 0.1).momentum(0.9);
    saved.step(weights.keyed(gradients(0, Shape.of(3))));
    Sgd loaded = new Sgd(weights.parameters(), 0.1);
    loaded.load(saved.state());
    loaded.momentum(0.9);
    assertSameBits(saved.state(), loaded.state());
  }

  @Test
  void groupsThatRefuseAStateKeepTheirsThoughMomentumIsOff() {
    Weights weights = weights(Shape.of(3));
    Sgd sgd = new Sgd(weights.parameters(), 0.1).momentum(0.9);
    ParameterGroups groups = new ParameterGroups().add("all", sgd);
    groups.step(weights.keyed(gradients(0, Shape.of(3))));
    sgd.momentum(0);
    Map<String, Tensor> before = groups.state();
    Map<String, Tensor> bad = Map.of("all.learning_rate", Tensor.scalar(DType.F64, -1));
    assertThrows(IllegalArgumentException.class, () -> groups.load(bad));
    assertSameBits(before, groups.state());
  }

  @Test
  void whatNoSettingExplainsIsRefusedStill() {
    Weights weights = weights(Shape.of(3));
    Optimizer sgd = new Sgd(weights.parameters(), 0.1).momentum(0.9);
    sgd.step(weights.keyed(gradients(0, Shape.of(3))));
    requireRefused(sgd, "w.exp_avg", "Sgd does not know: [w.exp_avg]");
    requireRefused(sgd, "b2.momentum_buffer", "Sgd does not know: [b2.momentum_buffer]");
    Optimizer amsgrad = new Adam(weights.parameters(), 0.1).amsgrad();
    amsgrad.step(weights.keyed(gradients(0, Shape.of(3))));
    Optimizer adam = new Adam(weights.parameters(), 0.1);
    requireRefused(
        adam,
        amsgrad.state(),
        "optimizer: the state holds what Adam does not know: [b.max_exp_avg_sq, w.max_exp_avg_sq]");
    Map<String, Tensor> missing = amsgrad.state();
    missing.remove("w.exp_avg_sq");
    requireRefused(amsgrad, missing, "optimizer: the state has no 'w.exp_avg_sq'");
    Map<String, Tensor> large = sgd.state();
    large.put("w.momentum_buffer", Tensor.zeros(4));
    requireRefused(
        sgd,
        large,
        "optimizer: the state's 'w.momentum_buffer' is F32 [4] for a parameter F32 [3]");
  }

  private static void requireRefused(Optimizer optimizer, String slot, String end) {
    Map<String, Tensor> state = optimizer.state();
    state.put(slot, Tensor.zeros(3));
    requireRefused(optimizer, state, "optimizer: the state holds what " + end);
  }

  private static void requireRefused(Optimizer optimizer, Map<String, Tensor> state, String error) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> optimizer.load(state));
    assertEquals(error, refusal.getMessage());
  }
}
