package org.tapeloop.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.Parameter;

class OptimizerTest {
  private final Weights weights =
      new Weights(Map.of("w", Tensor.of(1f, -2f), "b", Tensor.of(0.5f)));

  /** A kind of optimiser by name. */
  record Kind(String name, Function<Map<String, Parameter>, Optimizer> create) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Kind> kinds() {
    return List.of(
        new Kind("sgd", p -> new Sgd(p, 0.1)),
        new Kind("momentum", p -> new Sgd(p, 0.1).momentum(0.9).dampening(0.1).weightDecay(0.1)),
        new Kind("nesterov", p -> new Sgd(p, 0.1).momentum(0.9).nesterov()),
        new Kind("adam", p -> new Adam(p, 0.1).weightDecay(0.1)),
        new Kind("amsgrad", p -> new Adam(p, 0.1).betas(0.8, 0.9).amsgrad()),
        new Kind("adamw", p -> new AdamW(p, 0.1).maximize()),
        new Kind("rmsprop", p -> new RmsProp(p, 0.1).weightDecay(0.1)),
        new Kind("centred rmsprop", p -> new RmsProp(p, 0.1).centred().momentum(0.5)),
        new Kind("adagrad", p -> new Adagrad(p, 0.1).rateDecay(0.1).initialSum(0.2)),
        new Kind("adadelta", p -> new Adadelta(p, 1).smoothing(0.8)),
        new Kind("adamax", p -> new Adamax(p, 0.1)),
        new Kind("nadam", p -> new NAdam(p, 0.1)),
        new Kind("decoupled nadam", p -> new NAdam(p, 0.1).decoupledWeightDecay(0.1)),
        new Kind("radam", p -> new RAdam(p, 0.1).betas(0.9, 0.99)),
        new Kind(RPROP, p -> new Rprop(p, 0.1)),
        new Kind("lion", p -> new Lion(p, 0.1).weightDecay(0.1)));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aFactorIsAsIfGradientsHadBeenMultiplied(Kind kind) {
    Generator generator = new Generator(3);
    // Large enough to be updated in one pass.
    Shape shape = Shape.of(300, 200);
    Tensor start = Tensor.normal(generator.next(), DType.F32, shape, 0, 1);
    Weights multiplied = new Weights(Map.of("w", start));
    Weights together = new Weights(Map.of("w", start));
    Optimizer first = kind.create.apply(multiplied.parameters());
    Optimizer second = kind.create.apply(together.parameters());
    for (double factor : new double[] {1, 0.3, 0.7}) {
      Tensor gradient = Tensor.normal(generator.next(), DType.F32, shape, 0, 1);
      first.step(Map.of(multiplied.get("w").value(), gradient.mul(factor)));
      second.step(Map.of(together.get("w").value(), gradient), factor);
      assertArrayEquals(
          multiplied.get("w").value().toFloatArray(), together.get("w").value().toFloatArray());
    }
  }

  private static final String RPROP = "rprop";

  @ParameterizedTest
  @MethodSource("kinds")
  void aParameterWithoutGradientKeepsItsValueAndState(Kind kind) {
    Optimizer optimizer = kind.create().apply(weights.parameters());
    optimizer.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f), "b", Tensor.of(2f))));
    Tensor b = weights.get("b").value();
    Map<String, Tensor> before = optimizer.state();
    optimizer.step(weights.keyed(Map.of("w", Tensor.of(3f, -1f))));
    assertSame(b, weights.get("b").value());
    Map<String, Tensor> after = optimizer.state();
    before.keySet().stream()
        .filter(name -> name.startsWith("b."))
        .forEach(name -> assertSameValues(before.get(name), after.get(name)));
    assertEquals(2, after.get("w.step").item());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aLargeParameterIsUpdatedLikeItsParts(Kind kind) {
    int rows = 300;
    int parts = 3;
    Generator generator = new Generator(5);
    Tensor start = Tensor.normal(generator.next(), DType.F32, Shape.of(rows, 128), 0, 1);
    Weights whole = new Weights(Map.of("w", start));
    Weights pieces = new Weights(named(start.chunk(parts, 0)));
    Optimizer large = kind.create().apply(whole.parameters());
    Optimizer small = kind.create().apply(pieces.parameters());
    for (int step = 0; step < 4; step++) {
      Tensor g = Tensor.normal(generator.next(), DType.F32, start.shape(), 0, 1);
      large.step(whole.keyed(Map.of("w", g)));
      small.step(pieces.keyed(named(g.chunk(parts, 0))));
    }
    for (int i = 0; i < parts; i++) {
      assertSameValues(pieces.get("w" + i).value(), whole.get("w").value().chunk(parts, 0).get(i));
    }
  }

  private static Map<String, Tensor> named(List<Tensor> tensors) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (Tensor tensor : tensors) {
      named.put("w" + named.size(), tensor.contiguous());
    }
    return named;
  }

  private static void assertSameValues(Tensor expected, Tensor actual) {
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aFrozenParameterIsPassedBy(Kind kind) {
    weights.get("w").freeze();
    Optimizer optimizer = kind.create().apply(weights.parameters());
    optimizer.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f), "b", Tensor.of(2f))));
    assertArrayEquals(new float[] {1, -2}, weights.get("w").value().toFloatArray());
    assertTrue(weights.get("b").value().item() != 0.5);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theLossOfABowlFalls(Kind kind) {
    Optimizer optimizer = kind.create().apply(weights.parameters());
    boolean up = kind.name().equals("adamw"); // set up to maximise
    double first = bowl().item();
    for (int i = 0; i < 10; i++) {
      optimizer.step(bowl().gradients(weights.values()));
    }
    assertEquals(up, bowl().item() > first);
  }

  private Tensor bowl() {
    return weights.get("w").value().square().sum().add(weights.get("b").value().square().sum());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aFreshOptimizerGoesOnFromTheStateBitForBit(Kind kind) {
    Weights copy = new Weights(Map.of("w", Tensor.zeros(2), "b", Tensor.zeros(1)));
    Optimizer optimizer = kind.create().apply(weights.parameters());
    train(optimizer, weights, 5, 0);
    optimizer.setLearningRate(0.05);
    Map<String, Tensor> values = new LinkedHashMap<>();
    weights.parameters().forEach((name, p) -> values.put(name, p.value()));
    copy.load(values);
    Optimizer fresh = kind.create().apply(copy.parameters());
    fresh.load(optimizer.state());
    train(optimizer, weights, 5, 5);
    train(fresh, copy, 5, 5);
    assertArrayEquals(
        weights.get("w").value().toFloatArray(), copy.get("w").value().toFloatArray());
    assertArrayEquals(
        weights.get("b").value().toFloatArray(), copy.get("b").value().toFloatArray());
  }

  private static void train(Optimizer optimizer, Weights weights, int steps, int from) {
    for (int i = from; i < from + steps; i++) {
      optimizer.step(
          weights.keyed(
              Map.of(
                  "w",
                  Tensor.of((float) Math.sin(i), (float) Math.cos(i)),
                  "b",
                  Tensor.of(0.3f * i - 1))));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aLearningRateOfZeroChangesNothing(Kind kind) {
    Assumptions.assumeFalse(kind.name().equals(RPROP), "its steps have sizes of their own");
    Optimizer optimizer = kind.create().apply(weights.parameters());
    optimizer.setLearningRate(0);
    optimizer.step(weights.keyed(Map.of("w", Tensor.zeros(2), "b", Tensor.of(2f))));
    assertArrayEquals(new float[] {1, -2}, weights.get("w").value().toFloatArray());
    assertEquals(0.5, weights.get("b").value().item());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void valuesStayLeavesAndRecordNoGraph(Kind kind) {
    Optimizer optimizer = kind.create().apply(weights.parameters());
    Map<Tensor, Tensor> recorded = bowl().gradients(weights.values(), GraphMode.CREATE);
    optimizer.step(recorded);
    assertTrue(weights.get("w").value().requiresGrad());
    optimizer.state().values().forEach(tensor -> assertTrue(!tensor.requiresGrad()));
  }

  @Test
  void anOptimiserOfNothingIsRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> new Sgd(Map.of(), 0.1));
    assertTrue(String.valueOf(e.getMessage()).startsWith("optimiser: no parameters"));
  }

  @Test
  void aStepAfterAConversionOfTheModelIsRefusedBeforeAnythingChanges() {
    Linear layer = new Linear(1, 1, new Generator(1));
    Optimizer optimizer = new AdamW(layer.parameters(), 0.1);
    Tensor x = Tensor.ones(1, 1);
    optimizer.step(layer.forward(x).sum().gradients(layer.values()));
    layer.to(DType.F64);
    var gradients = layer.forward(x.to(DType.F64)).sum().gradients(layer.values());
    var e = assertThrows(IllegalArgumentException.class, () -> optimizer.step(gradients));
    assertTrue(String.valueOf(e.getMessage()).contains("convert a model before"), e.getMessage());
    assertEquals(1, optimizer.state().get("weight.step").item());
  }

  @Test
  void gradientsFromBeforeTheLatestStepAreRefused() {
    Optimizer optimizer = new Sgd(weights.parameters(), 0.1);
    Map<Tensor, Tensor> gradients = bowl().gradients(weights.values());
    optimizer.step(gradients);
    var error = assertThrows(IllegalArgumentException.class, () -> optimizer.step(gradients));
    assertTrue(error.getMessage().contains("has been replaced since"), error.getMessage());
  }

  @Test
  void gradientsThatAreAllOfAnotherModelAreRefused() {
    Weights other = new Weights(Map.of("w", Tensor.of(1f, -2f), "b", Tensor.of(0.5f)));
    Map<Tensor, Tensor> gradients = other.keyed(Map.of("w", Tensor.of(1f, 1f), "b", Tensor.of(1f)));
    Optimizer optimizer = new Sgd(weights.parameters(), 0.1);
    var error = assertThrows(IllegalArgumentException.class, () -> optimizer.step(gradients));
    assertEquals(
        "step: none of the gradients is that of a parameter of this optimiser; were they taken of"
            + " another model?",
        error.getMessage());
    optimizer.step(Map.of());
    // Where all is frozen there is nothing to do.
    weights.parameters().values().forEach(Parameter::freeze);
    optimizer.step(gradients);
  }

  @Test
  void aGradientOfAnotherShapeOrTypeIsRefusedAndNothingChanges() {
    Optimizer optimizer = new Sgd(weights.parameters(), 0.1);
    var gradients = weights.keyed(Map.of("b", Tensor.of(1f), "w", Tensor.of(1f)));
    var error = assertThrows(IllegalArgumentException.class, () -> optimizer.step(gradients));
    assertEquals("step: 'w' is F32 [2] but its gradient is F32 [1]", error.getMessage());
    assertEquals(0.5, weights.get("b").value().item());
    var doubles = weights.keyed(Map.of("b", Tensor.ofDoubles(1)));
    assertThrows(IllegalArgumentException.class, () -> optimizer.step(doubles));
  }

  @Test
  void gradientsOfOtherTensorsArePassedBy() {
    Optimizer optimizer = new Sgd(weights.parameters(), 0.1);
    Map<Tensor, Tensor> gradients = new LinkedHashMap<>(weights.keyed(Map.of("b", Tensor.of(1f))));
    gradients.put(Tensor.of(1f).leaf(), Tensor.of(1f));
    optimizer.step(gradients);
    assertEquals(0.4, weights.get("b").value().item(), 1e-6);
    assertArrayEquals(new float[] {1, -2}, weights.get("w").value().toFloatArray());
  }

  /** The same optimiser, falling and rising. */
  record Directions(Optimizer down, Optimizer up) {}

  private static List<Directions> directions(
      Map<String, Parameter> down, Map<String, Parameter> up) {
    return List.of(
        new Directions(new Sgd(down, 0.1).momentum(0.9), new Sgd(up, 0.1).momentum(0.9).maximize()),
        new Directions(new Adam(down, 0.1), new Adam(up, 0.1).maximize()),
        new Directions(new AdamW(down, 0.1), new AdamW(up, 0.1).maximize()),
        new Directions(new RmsProp(down, 0.1), new RmsProp(up, 0.1).maximize()),
        new Directions(new Adagrad(down, 0.1), new Adagrad(up, 0.1).maximize()),
        new Directions(new Adadelta(down, 0.1), new Adadelta(up, 0.1).maximize()),
        new Directions(new Adamax(down, 0.1), new Adamax(up, 0.1).maximize()),
        new Directions(new NAdam(down, 0.1), new NAdam(up, 0.1).maximize()),
        new Directions(new RAdam(down, 0.1), new RAdam(up, 0.1).maximize()),
        new Directions(new Rprop(down, 0.1), new Rprop(up, 0.1).maximize()),
        new Directions(new Lion(down, 0.1), new Lion(up, 0.1).maximize()),
        new Directions(new Muon(down, 0.1), new Muon(up, 0.1).maximize()));
  }

  @Test
  void maximizingIsMinimizingTheNegative() {
    Map<String, Tensor> start = Map.of("w", Tensor.of(1f, -2f, 3f, 0.5f).reshape(2, 2));
    Map<String, Parameter> any = new Weights(start).parameters();
    int kinds = directions(any, any).size();
    for (int kind = 0; kind < kinds; kind++) {
      Weights down = new Weights(start);
      Weights up = new Weights(start);
      Directions both = directions(down.parameters(), up.parameters()).get(kind);
      for (int step = 1; step <= 4; step++) {
        Tensor gradient = Tensor.of(step, -1f, 2f - step, 0.5f).reshape(2, 2);
        both.down().step(down.keyed(Map.of("w", gradient.neg())));
        both.up().step(up.keyed(Map.of("w", gradient)));
      }
      assertSameValues(down.get("w").value(), up.get("w").value());
      assertTrue(down.get("w").value().sub(start.get("w")).abs().max().item() > 0);
    }
  }

  @Test
  void stateHasPyTorchsNames() {
    Optimizer optimizer = new Adam(weights.parameters(), 0.1).amsgrad();
    optimizer.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f))));
    assertEquals(
        Set.of("kind", "learning_rate", "w.step", "w.exp_avg", "w.exp_avg_sq", "w.max_exp_avg_sq"),
        optimizer.state().keySet());
    Optimizer sgd = new Sgd(weights.parameters(), 0.1).momentum(0.9);
    sgd.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f))));
    assertEquals(
        Set.of("kind", "learning_rate", "w.step", "w.momentum_buffer"), sgd.state().keySet());
  }

  @Test
  void stateThatDoesNotFitIsRefusedAndNothingChanges() {
    Optimizer optimizer = new Adam(weights.parameters(), 0.1);
    optimizer.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f))));
    Map<String, Tensor> good = optimizer.state();
    Optimizer fresh = new Adam(weights.parameters(), 0.5);
    refused(fresh, good, "learning_rate", null, "has no learning rate");
    refused(fresh, good, "learning_rate", Tensor.scalar(DType.F64, -1), "at least 0");
    refused(fresh, good, "w.step", Tensor.scalar(DType.F64, 1.5), "'w.step' is no count");
    refused(fresh, good, "w.step", null, "does not know: [w.exp_avg, w.exp_avg_sq]");
    refused(fresh, good, "w.exp_avg", null, "has no 'w.exp_avg'");
    refused(fresh, good, "w.exp_avg", Tensor.zeros(3), "is F32 [3] for a parameter F32 [2]");
    refused(
        fresh,
        good,
        "w.exp_avg",
        Tensor.zeros(DType.F64, Shape.of(2)),
        "is F64 [2] for a parameter F32 [2]");
    refused(fresh, good, "c.step", Tensor.scalar(DType.F64, 1), "does not know: [c.step]");
    assertEquals(Set.of("kind", "learning_rate"), fresh.state().keySet());
    assertEquals(0.5, fresh.learningRate());
  }

  @Test
  void aStateOfAnotherKindIsRefused() {
    Optimizer adam = new Adam(weights.parameters(), 0.5);
    adam.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f))));
    Optimizer adamW = new AdamW(weights.parameters(), 0.1);
    var error = assertThrows(IllegalArgumentException.class, () -> adamW.load(adam.state()));
    assertEquals("optimizer: the state is of Adam, not of AdamW", error.getMessage());
    Map<String, Tensor> fresh = new Sgd(weights.parameters(), 0.5).state();
    assertThrows(IllegalArgumentException.class, () -> adamW.load(fresh));
    assertEquals(0.1, adamW.learningRate());
  }

  @Test
  void aKindWithoutANameOfItsOwnIsToldApartToo() {
    var one = new Plain(weights.parameters()) {};
    var other = new Plain(weights.parameters()) {};
    one.load(one.state());
    assertThrows(IllegalArgumentException.class, () -> one.load(other.state()));
  }

  /** Descent by a user's rule. */
  private abstract static class Plain extends Optimizer {
    Plain(Map<String, Parameter> parameters) {
      super(parameters, 0.1);
    }

    @Override
    protected Tensor update(Tensor value, Tensor gradient, State state) {
      return value.sub(gradient.mul(learningRate()));
    }

    @Override
    protected Set<String> stateNames() {
      return Set.of();
    }
  }

  @Test
  void aStateWithoutAKindIsLoaded() {
    Optimizer saved = new Adam(weights.parameters(), 0.5);
    saved.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f))));
    Map<String, Tensor> state = new LinkedHashMap<>(saved.state());
    state.remove("kind");
    Optimizer loaded = new Adam(weights.parameters(), 0.1);
    loaded.load(state);
    assertEquals(saved.state().keySet(), loaded.state().keySet());
    assertEquals(0.5, loaded.learningRate());
  }

  private static void refused(
      Optimizer optimizer, Map<String, Tensor> good, String key, Tensor value, String message) {
    Map<String, Tensor> bad = new LinkedHashMap<>(good);
    if (value == null) {
      bad.remove(key);
    } else {
      bad.put(key, value);
    }
    var error = assertThrows(IllegalArgumentException.class, () -> optimizer.load(bad));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    var parameters = weights.parameters();
    assertThrows(IllegalArgumentException.class, () -> new Sgd(parameters, -1));
    assertThrows(IllegalArgumentException.class, () -> new Sgd(parameters, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Sgd(parameters, 1).momentum(1));
    assertThrows(IllegalArgumentException.class, () -> new Sgd(parameters, 1).dampening(-0.1));
    assertThrows(IllegalArgumentException.class, () -> new Sgd(parameters, 1).weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> new Adam(parameters, 1).betas(0.9, 1));
    assertThrows(IllegalArgumentException.class, () -> new Adam(parameters, 1).epsilon(-1));
  }

  @Test
  void defaultsAreTheDocumentedOnes() {
    // One step from w = 1 with gradient 0: only AdamW's decay of 0.01 moves it.
    Weights one = new Weights(Map.of("w", Tensor.ofDoubles(1)));
    new AdamW(one.parameters(), 0.1).step(one.keyed(Map.of("w", Tensor.ofDoubles(0))));
    assertEquals(1 - 0.1 * 0.01, one.get("w").value().item(), 1e-15);
    // Two steps of Adam with gradients 1 and 0 show both betas; a tiny gradient shows epsilon.
    Weights two = new Weights(Map.of("w", Tensor.ofDoubles(0)));
    Optimizer adam = new Adam(two.parameters(), 1);
    adam.step(two.keyed(Map.of("w", Tensor.ofDoubles(1))));
    assertEquals(-1 / (1 + 1e-8), two.get("w").value().item(), 1e-15);
    double before = two.get("w").value().item();
    adam.step(two.keyed(Map.of("w", Tensor.ofDoubles(0))));
    double m = 0.1 * 0.9 / (1 - 0.9 * 0.9);
    double v = 0.001 * 0.999 / (1 - 0.999 * 0.999);
    assertEquals(before - m / (Math.sqrt(v) + 1e-8), two.get("w").value().item(), 1e-12);
    Weights tiny = new Weights(Map.of("w", Tensor.ofDoubles(0)));
    new Adam(tiny.parameters(), 1).step(tiny.keyed(Map.of("w", Tensor.ofDoubles(1e-8))));
    assertEquals(-0.5, tiny.get("w").value().item(), 1e-9);
  }
}
