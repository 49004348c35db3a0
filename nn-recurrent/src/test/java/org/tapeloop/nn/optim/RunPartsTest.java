package org.tapeloop.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.Parameter;

/** Groups, averages and accumulations: what stands around optimisers in a run. */
class RunPartsTest {
  private final Weights weights =
      new Weights(Map.of("w", Tensor.of(1f, -2f), "b", Tensor.of(0.5f)));

  private Map<Tensor, Tensor> gradients(float w0, float w1, float b) {
    return weights.keyed(Map.of("w", Tensor.of(w0, w1), "b", Tensor.of(b)));
  }

  private Map<String, Parameter> only(String name) {
    return Map.of(name, weights.get(name));
  }

  private float[] w() {
    return weights.get("w").value().toFloatArray();
  }

  // ---- groups ----

  @Test
  void eachGroupStepsBySettingsOfItsOwn() {
    ParameterGroups groups =
        new ParameterGroups()
            .add("slow", new Sgd(only("w"), 0.5))
            .add("fast", new Sgd(only("b"), 2));
    groups.step(gradients(1, 2, 1));
    assertArrayEquals(new float[] {0.5f, -3}, w());
    assertEquals(-1.5, weights.get("b").value().item());
    assertEquals(2, groups.groups().get("fast").learningRate());
  }

  @Test
  void aGroupMayLackGradientsButNotAllGroups() {
    ParameterGroups groups =
        new ParameterGroups().add("one", new Sgd(only("w"), 1)).add("other", new Sgd(only("b"), 1));
    groups.step(weights.keyed(Map.of("w", Tensor.of(1f, 1f))));
    assertArrayEquals(new float[] {0, -3}, w());
    Map<Tensor, Tensor> foreign = Map.of(Tensor.ones(2).leaf(), Tensor.ones(2));
    assertThrows(IllegalArgumentException.class, () -> groups.step(foreign));
  }

  @Test
  void noGroupStepsWhereOneRefuses() {
    ParameterGroups groups =
        new ParameterGroups()
            .add("one", new Sgd(only("w"), 0.5))
            .add("other", new Sgd(only("b"), 2));
    var bad = weights.keyed(Map.of("w", Tensor.of(1f, 1f), "b", Tensor.of(1f, 1f)));
    assertThrows(IllegalArgumentException.class, () -> groups.step(bad));
    assertArrayEquals(new float[] {1, -2}, w());
  }

  @Test
  void groupsAreRestoredTogetherOrNotAtAll() {
    ParameterGroups groups =
        new ParameterGroups()
            .add("one", new Adam(only("w"), 0.5))
            .add("other", new Sgd(only("b"), 2).momentum(0.5));
    groups.step(gradients(1, 2, 1));
    Map<String, Tensor> state = groups.state();
    groups.step(gradients(3, 1, 1));
    Map<String, Tensor> later = new LinkedHashMap<>(groups.state());
    groups.load(state);
    assertEquals(1, groups.state().get("one.w.step").item());
    later.remove("other.b.step");
    assertThrows(IllegalArgumentException.class, () -> groups.load(later));
    assertEquals(1, groups.state().get("one.w.step").item());
    var unknown = new LinkedHashMap<>(state);
    unknown.put("third.learning_rate", Tensor.scalar(1));
    assertThrows(IllegalArgumentException.class, () -> groups.load(unknown));
  }

  @Test
  void aParameterInTwoGroupsIsRefused() {
    ParameterGroups groups = new ParameterGroups().add("one", new Sgd(only("w"), 1));
    Sgd both = new Sgd(weights.parameters(), 1);
    var e = assertThrows(IllegalArgumentException.class, () -> groups.add("all", both));
    assertEquals("groups: 'w' is in 'all' and in another group", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> groups.add("one", new Sgd(only("b"), 1)));
    assertThrows(IllegalArgumentException.class, () -> groups.add("a.b", new Sgd(only("b"), 1)));
  }

  // ---- averages ----

  private void put(float w0, float w1) {
    weights.get("w").set(Tensor.of(w0, w1));
  }

  private static float[] of(WeightAverage average, String name) {
    return average.values().get(name).toFloatArray();
  }

  @Test
  void theExponentialAverageFollowsTheWeights() {
    WeightAverage average = WeightAverage.exponential(weights.parameters(), 0.75);
    put(5, 2);
    average.update();
    assertArrayEquals(new float[] {2, -1}, of(average, "w"));
    average.update();
    assertArrayEquals(new float[] {2.75f, -0.25f}, of(average, "w"));
    assertEquals(2, average.updates());
  }

  @Test
  void theUniformAverageIsTheMeanOfItsUpdates() {
    WeightAverage average = WeightAverage.uniform(weights.parameters());
    put(4, 0);
    average.update();
    put(2, 1);
    average.update();
    put(0, 5);
    average.update();
    assertArrayEquals(new float[] {2, 2}, of(average, "w"), 1e-6f);
  }

  @Test
  void aMeanTurnsIntoAnExponentialAverageOnceItForgetsSlower() {
    WeightAverage average = WeightAverage.meanThenExponential(weights.parameters(), 0.75);
    for (int i = 1; i <= 4; i++) {
      put(i, -2 * i);
      average.update();
    }
    assertArrayEquals(new float[] {2.5f, -5}, of(average, "w"), 1e-6f);
    put(6.5f, 7);
    average.update();
    assertArrayEquals(new float[] {3.5f, -2}, of(average, "w"), 1e-6f);
    assertThrows(
        IllegalArgumentException.class,
        () -> WeightAverage.meanThenExponential(weights.parameters(), 1));
  }

  @Test
  void averagesAreUsedAndTheWeightsComeBackAsTheyWere() {
    WeightAverage average = WeightAverage.uniform(weights.parameters());
    average.update();
    put(9, 9);
    float[] used = average.use(this::w);
    assertArrayEquals(new float[] {1, -2}, used);
    assertArrayEquals(new float[] {9, 9}, w());
    RuntimeException thrown = new IllegalStateException("validation");
    assertSame(
        thrown,
        assertThrows(
            IllegalStateException.class,
            () ->
                average.use(
                    () -> {
                      throw thrown;
                    })));
    assertArrayEquals(new float[] {9, 9}, w());
    average.apply();
    assertArrayEquals(new float[] {1, -2}, w());
  }

  @Test
  void anAverageOfConvertedWeightsIsRefusedAndDoesNotCount() {
    WeightAverage average = WeightAverage.uniform(weights.parameters());
    average.update();
    weights.to(DType.F64);
    assertThrows(IllegalArgumentException.class, average::update);
    assertEquals(1, average.updates());
    weights.to(DType.F32);
    put(3, 4);
    average.update();
    assertArrayEquals(new float[] {2, 1}, of(average, "w"));
  }

  @Test
  void useOfAnAverageLeavesTheVeryWeightsThatGradientsAreOf() {
    WeightAverage average = WeightAverage.uniform(weights.parameters());
    average.update();
    Optimizer optimizer = new Sgd(weights.parameters(), 1);
    Tensor before = weights.get("w").value();
    var gradients = weights.get("w").value().sum().gradients(weights.values());
    average.use(this::w);
    assertSame(before, weights.get("w").value());
    optimizer.step(gradients);
    assertArrayEquals(new float[] {0, -3}, w());
  }

  @Test
  void noWeightIsReplacedWhereOneWasConverted() {
    Linear first = Linear.withoutBias(1, 1, new Generator(1));
    Linear second = Linear.withoutBias(1, 1, new Generator(2));
    Map<String, Parameter> both = new LinkedHashMap<>();
    both.put("first", first.weight());
    both.put("second", second.weight());
    WeightAverage average = WeightAverage.uniform(both);
    first.weight().set(Tensor.ones(1, 1));
    second.to(DType.F64);
    Tensor before = first.weight().value();
    assertThrows(IllegalArgumentException.class, () -> average.use(() -> 0));
    assertThrows(IllegalArgumentException.class, average::apply);
    assertSame(before, first.weight().value());
    assertEquals(1, before.item());
  }

  @Test
  void anAverageIsRestored() {
    WeightAverage average = WeightAverage.uniform(weights.parameters());
    average.update();
    put(3, 4);
    WeightAverage fresh = WeightAverage.uniform(weights.parameters());
    fresh.load(average.state());
    average.update();
    fresh.update();
    assertArrayEquals(of(average, "w"), of(fresh, "w"));
    assertEquals(2, fresh.updates());
    Map<String, Tensor> bad = new LinkedHashMap<>(average.state());
    bad.put("average.w", Tensor.zeros(3));
    assertThrows(IllegalArgumentException.class, () -> fresh.load(bad));
    bad.remove("average.w");
    assertThrows(IllegalArgumentException.class, () -> fresh.load(bad));
  }

  // ---- averaged SGD ----

  @Test
  void theTriggerFiresWhenALossExceedsTheBestOfThoseNotRecent() {
    NonMonotoneTrigger trigger = new NonMonotoneTrigger(2);
    assertFalse(trigger.observe(5));
    assertFalse(trigger.observe(3));
    assertFalse(trigger.observe(4)); // 4 <= 5
    assertFalse(trigger.observe(3)); // 3 <= min(5, 3)
    NonMonotoneTrigger fresh = new NonMonotoneTrigger(2);
    fresh.load(trigger.state());
    assertTrue(fresh.observe(3.5)); // above min(5, 3, 4)
    assertTrue(fresh.observe(0));
    assertTrue(fresh.isTriggered());
    NonMonotoneTrigger broken = new NonMonotoneTrigger(0);
    broken.observe(1);
    assertTrue(broken.observe(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new NonMonotoneTrigger(-1));
  }

  @Test
  void averagedSgdAveragesFromTheTriggerOn() {
    AveragedSgd optimizer = new AveragedSgd(weights.parameters(), 1, 0);
    optimizer.step(gradients(1, 0, 0));
    assertFalse(optimizer.observe(1));
    assertArrayEquals(new float[] {0, -2}, optimizer.use(this::w));
    assertTrue(optimizer.observe(2));
    optimizer.step(gradients(2, 0, 0));
    optimizer.step(gradients(2, 3, 0));
    // Weights 0, -2, -4 and -2, -2, -5.
    assertArrayEquals(new float[] {-2, -3}, optimizer.use(this::w), 1e-6f);
    assertArrayEquals(new float[] {-4, -5}, w());
    AveragedSgd fresh = new AveragedSgd(weights.parameters(), 9, 0);
    fresh.load(optimizer.state());
    assertTrue(fresh.isAveraging());
    assertEquals(3, fresh.average().updates());
    assertArrayEquals(new float[] {-2, -3}, fresh.use(this::w), 1e-6f);
    assertThrows(IllegalArgumentException.class, () -> fresh.load(Map.of()));
  }

  // ---- all of them ----

  @Test
  void aParameterOfTwoNamesWouldBeSteppedTwice() {
    Map<String, Parameter> twice = new LinkedHashMap<>();
    twice.put("embedding", weights.get("w"));
    twice.put("output", weights.get("w"));
    for (Executable make :
        List.<Executable>of(
            () -> new Sgd(twice, 1), () -> new Adam(twice, 1), () -> new Lbfgs(twice))) {
      var e = assertThrows(IllegalArgumentException.class, make);
      assertEquals(
          "optimizer: 'embedding' and 'output' are one parameter, which would be stepped twice",
          e.getMessage());
    }
  }

  @Test
  void gradientsFromBeforeAnyEarlierStepAreRefused() {
    Optimizer optimizer = new Sgd(weights.parameters(), 1);
    var late = gradients(1, 1, 1);
    optimizer.step(gradients(1, 0, 0));
    optimizer.step(gradients(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> optimizer.step(late));
    assertArrayEquals(new float[] {-1, -2}, w());
  }

  @Test
  void gradientsFromBeforeValuesWereLoadedAreRefused() {
    Optimizer optimizer = new Sgd(weights.parameters(), 1);
    GradientAccumulation accumulation = new GradientAccumulation(weights.parameters(), 2);
    var late = gradients(1, 1, 1);
    weights.load(Map.of("w", Tensor.of(7f, 8f), "b", Tensor.of(9f)));
    var e = assertThrows(IllegalArgumentException.class, () -> optimizer.step(late));
    assertTrue(e.getMessage().contains("has been replaced since"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> accumulation.add(late));
    assertEquals(0, accumulation.pending());
    weights.get("w").freeze();
    weights.get("b").freeze();
    optimizer.step(late);
    assertArrayEquals(new float[] {7, 8}, w());
  }

  @Test
  void gradientsOfAveragesAreNotThoseOfTheWeights() {
    WeightAverage average = WeightAverage.uniform(weights.parameters());
    average.update();
    Optimizer optimizer = new Sgd(weights.parameters(), 1);
    var ofAverages = average.use(() -> weights.get("w").value().sum().gradients(weights.values()));
    assertThrows(IllegalArgumentException.class, () -> optimizer.step(ofAverages));
    optimizer.step(gradients(1, 0, 0));
    assertArrayEquals(new float[] {0, -2}, w());
  }

  // ---- accumulation ----

  @Test
  void accumulatedGradientsAreTheMeanOfTheBatches() {
    GradientAccumulation accumulation = new GradientAccumulation(weights.parameters(), 2);
    assertTrue(accumulation.add(gradients(1, 2, 3)).isEmpty());
    assertEquals(1, accumulation.pending());
    var mean = accumulation.add(weights.keyed(Map.of("w", Tensor.of(3f, 4f)))).orElseThrow();
    assertArrayEquals(new float[] {2, 3}, mean.get(weights.get("w").value()).toFloatArray());
    assertEquals(1.5, mean.get(weights.get("b").value()).item());
    assertEquals(0, accumulation.pending());
    accumulation.add(weights.keyed(Map.of("w", Tensor.of(1f, 1f))));
    var second = accumulation.add(weights.keyed(Map.of("w", Tensor.of(1f, 1f)))).orElseThrow();
    assertEquals(1, second.size());
  }

  @Test
  void aBatchThatIsRefusedLeavesTheSumsAsTheyWere() {
    Linear other = Linear.withoutBias(1, 1, new Generator(1));
    Map<String, Parameter> both = new LinkedHashMap<>(weights.parameters());
    both.put("other", other.weight());
    GradientAccumulation accumulation = new GradientAccumulation(both, 3);
    Map<Tensor, Tensor> batch = new LinkedHashMap<>(gradients(1, 2, 3));
    batch.put(other.weight().value(), Tensor.ones(1, 1));
    accumulation.add(batch);
    other.to(DType.F64);
    batch.put(other.weight().value(), Tensor.ones(DType.F64, Shape.of(1, 1)));
    assertThrows(IllegalArgumentException.class, () -> accumulation.add(batch));
    assertEquals(1, accumulation.pending());
    assertArrayEquals(new float[] {1, 2}, accumulation.state().get("sum.w").toFloatArray());
  }

  @Test
  void anAccumulationIsRestoredInTheMiddle() {
    GradientAccumulation accumulation = new GradientAccumulation(weights.parameters(), 2);
    accumulation.add(weights.keyed(Map.of("w", Tensor.of(1f, 2f))));
    GradientAccumulation fresh = new GradientAccumulation(weights.parameters(), 2);
    fresh.load(accumulation.state());
    var mean = fresh.add(gradients(3, 2, 2)).orElseThrow();
    assertArrayEquals(new float[] {2, 2}, mean.get(weights.get("w").value()).toFloatArray());
    assertEquals(1, mean.get(weights.get("b").value()).item());
    Map<String, Tensor> bad = new LinkedHashMap<>(accumulation.state());
    bad.put("count", Tensor.scalar(2));
    assertThrows(IllegalArgumentException.class, () -> fresh.load(bad));
    assertThrows(
        IllegalArgumentException.class, () -> fresh.add(weights.keyed(Map.of("w", Tensor.of(1f)))));
    assertThrows(
        IllegalArgumentException.class, () -> new GradientAccumulation(weights.parameters(), 0));
  }
}
