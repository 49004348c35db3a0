package org.tapeloop.nn.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

class AttentionTest {
  private static final int BATCH = 2;
  private static final int QUERIES = 3;
  private static final int KEYS = 4;
  private static final int SIZE = 3;

  private final Tensor query = normal(0, Shape.of(QUERIES, BATCH, SIZE));
  private final Tensor keys = normal(1, Shape.of(KEYS, BATCH, SIZE));
  private final Lengths lengths = Lengths.of(2, 4);

  private static Tensor normal(long stream, Shape shape) {
    return Tensor.normal(new RandomStream(6, stream), DType.F64, shape, 0, 1);
  }

  static List<SequenceAttention> layers() {
    Generator generator = new Generator(3);
    List<SequenceAttention> layers =
        List.of(
            new AdditiveAttention(SIZE, SIZE, 2, generator),
            new DotAttention(),
            new GeneralAttention(SIZE, SIZE, generator),
            new ConcatAttention(SIZE, SIZE, 2, generator));
    layers.forEach(layer -> layer.to(DType.F64));
    return layers;
  }

  private static void assertClose(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray(), 1e-13);
  }

  /** Padding that would show. */
  private static Tensor spoiled(Tensor x, int batchItem, int from) {
    double[] values = x.toDoubleArray();
    int features = x.extent(2);
    for (int t = from; t < x.extent(0); t++) {
      for (int f = 0; f < features; f++) {
        values[(t * x.extent(1) + batchItem) * features + f] = Double.NaN;
      }
    }
    return Tensor.ofDoubles(x.shape(), values);
  }

  // ---- the layers of encoders and decoders ----

  @ParameterizedTest
  @MethodSource("layers")
  void bothDerivativesEqualDifferencesForInputsAndParameters(SequenceAttention layer) {
    List<String> names = new ArrayList<>(layer.parameters().keySet());
    List<Tensor> inputs = new ArrayList<>(List.of(query, keys));
    layer.parameters().values().forEach(p -> inputs.add(p.value().detach()));
    GradCheck.check(
        in -> {
          Map<String, Tensor> values = new LinkedHashMap<>();
          for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), in[i + 2]);
          }
          return layer.withValues(values, () -> layer.forward(in[0], in[1], lengths).context());
        },
        inputs.toArray(Tensor[]::new));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void everyParameterGetsAGradient(SequenceAttention layer) {
    Tensor loss = layer.forward(query, keys, null).context().square().sum();
    if (!layer.values().isEmpty()) {
      loss.gradients(layer.values())
          .values()
          .forEach(g -> assertTrue(g.abs().max().item() > 1e-9, layer.getClass().getName()));
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void weightsAddUpToOneOverWhatBelongsToTheSequence(SequenceAttention layer) {
    Attended attended = layer.forward(query, keys, lengths);
    assertClose(Tensor.ones(DType.F64, Shape.of(BATCH, QUERIES)), attended.weights().sum(2));
    assertEquals(0, attended.weights().select(0, 0).narrow(1, 2, 2).abs().max().item());
  }

  @ParameterizedTest
  @MethodSource("layers")
  void paddingHoldsAnythingAndGetsNoGradient(SequenceAttention layer) {
    Tensor bad = spoiled(keys, 0, 2).leaf();
    Tensor asked = query.leaf();
    Attended attended = layer.forward(asked, bad, lengths);
    assertClose(layer.forward(query, keys, lengths).context(), attended.context().detach());
    var gradients = attended.context().square().sum().gradients(bad, asked);
    assertEquals(0, gradients.get(bad).select(1, 0).narrow(0, 2, 2).abs().max().item());
    assertTrue(Double.isFinite(gradients.get(asked).sum().item()));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void stepByStepIsAllAtOnce(SequenceAttention layer) {
    SequenceAttention.Memory memory = layer.over(keys, lengths);
    Attended together = memory.attend(query);
    for (int t = 0; t < QUERIES; t++) {
      Attended one = memory.attend(query.select(0, t));
      assertClose(together.context().select(0, t), one.context());
      assertClose(together.weights().select(1, t), one.weights());
    }
  }

  @Test
  void concatIsAdditiveWithBothWeightsInOneAndNoBias() {
    ConcatAttention concat = new ConcatAttention(SIZE, SIZE, 2, new Generator(1));
    AdditiveAttention additive = new AdditiveAttention(SIZE, SIZE, 2, new Generator(2));
    concat.to(DType.F64);
    additive.to(DType.F64);
    Tensor weight = concat.parameters().get("weight_concat").value();
    additive.load(
        Map.of(
            "weight_query", weight.narrow(1, 0, SIZE),
            "weight_key", weight.narrow(1, SIZE, SIZE),
            "bias", Tensor.zeros(2),
            "weight_score", concat.parameters().get("weight_score").value()));
    assertClose(
        additive.forward(query, keys, null).context(), concat.forward(query, keys, null).context());
  }

  @Test
  void theAttentionalVectorIsItsFormula() {
    AttentionalVector vector = new AttentionalVector(SIZE, 2, new Generator(1));
    vector.to(DType.F64);
    Tensor context = normal(5, Shape.of(QUERIES, BATCH, 2));
    Tensor weight = vector.parameters().get("weight_combine").value();
    Tensor expected =
        context
            .matmul(weight.narrow(1, 0, 2).t())
            .add(query.matmul(weight.narrow(1, 2, SIZE).t()))
            .tanh();
    assertClose(expected.detach(), vector.forward(context, query).detach());
  }

  // ---- coverage ----

  private final CoverageAttention coverage = new CoverageAttention(SIZE, SIZE, 2, new Generator(4));

  @Test
  void coverageIsTheSumOfTheWeightsAndEntersTheScores() {
    coverage.to(DType.F64);
    CoverageAttention.Memory memory = coverage.over(spoiled(keys, 0, 2), lengths);
    Tensor total = memory.initialCoverage();
    AdditiveAttention plain = new AdditiveAttention(SIZE, SIZE, 2, new Generator(9));
    plain.to(DType.F64);
    Map<String, Tensor> shared = new LinkedHashMap<>();
    coverage.parameters().forEach((name, p) -> shared.put(name, p.value()));
    shared.remove("weight_coverage");
    plain.load(shared);
    Tensor first = plain.forward(query.select(0, 0), keys, lengths).weights();
    for (int t = 0; t < QUERIES; t++) {
      var step = memory.attend(query.select(0, t), total);
      if (t == 0) {
        assertClose(first.detach(), step.weights().detach());
        assertEquals(0, step.loss().abs().max().item());
      } else {
        assertClose(step.weights().minimum(total).sum(1).detach(), step.loss().detach());
      }
      assertClose(total.add(step.weights()).detach(), step.coverage().detach());
      total = step.coverage();
    }
    assertClose(Tensor.full(DType.F64, Shape.of(BATCH), QUERIES), total.sum(1).detach());
  }

  @Test
  void coverageHasBothDerivatives() {
    coverage.to(DType.F64);
    GradCheck.check(
        in ->
            coverage.withValues(
                Map.of("weight_coverage", in[2]),
                () -> {
                  var memory = coverage.over(in[1], lengths);
                  var one = memory.attend(in[0].select(0, 0), memory.initialCoverage());
                  var two = memory.attend(in[0].select(0, 1), one.coverage());
                  return two.context().sum(1).add(two.loss());
                }),
        query,
        keys,
        Tensor.ofDoubles(0.8, -0.6));
  }

  // ---- scaled dot products ----

  private final Tensor q = normal(10, Shape.of(BATCH, QUERIES, SIZE));
  private final Tensor k = normal(11, Shape.of(BATCH, KEYS, SIZE));
  private final Tensor v = normal(12, Shape.of(BATCH, KEYS, 2));

  @Test
  void causalQueriesDoNotSeeWhatComesAfterThem() {
    AttentionMask causal = AttentionMask.NONE.causal();
    Tensor whole = ScaledDotProduct.attend(q, k, v, causal).context();
    for (int t = 0; t < QUERIES; t++) {
      Tensor begun =
          ScaledDotProduct.attend(
                  q.narrow(1, t, 1),
                  k.narrow(1, 0, t + 1),
                  v.narrow(1, 0, t + 1),
                  AttentionMask.NONE)
              .context();
      assertClose(begun, whole.narrow(1, t, 1));
    }
  }

  @Test
  void masksAreMultipliedAndBiasesAdded() {
    Tensor keep = Tensor.ofDoubles(Shape.of(1, KEYS), 0, 1, 1, 1);
    AttentionMask mask = AttentionMask.NONE.keeping(keep).lengths(Lengths.of(2, 3)).causal();
    Tensor weights = ScaledDotProduct.attend(q, k, v, mask).weights();
    // Query 0 sees nothing: key 0 is masked, the others come later.
    assertEquals(0, weights.select(1, 0).abs().max().item());
    assertEquals(1, weights.get(0, 2, 1), 1e-15);
    assertEquals(1, weights.get(1, 2, 1) + weights.get(1, 2, 2), 1e-15);
    Tensor bias = Tensor.ofDoubles(0, 0, 0, 1000);
    Tensor pulled = ScaledDotProduct.attend(q, k, v, AttentionMask.NONE.biased(bias)).weights();
    assertClose(Tensor.ones(DType.F64, Shape.of(BATCH, QUERIES)), pulled.select(2, 3));
  }

  @Test
  void aQueryThatSeesNothingGetsZerosAndFiniteGradients() {
    for (DType dtype : DType.values()) {
      Tensor asked = q.to(dtype).leaf();
      AttentionMask nothing = AttentionMask.NONE.keeping(Tensor.zeros(KEYS));
      Attended attended = ScaledDotProduct.attend(asked, k.to(dtype), v.to(dtype), nothing);
      assertEquals(0, attended.context().abs().max().item());
      Tensor gradient = attended.context().sum().gradients(asked).get(asked);
      assertEquals(0, gradient.abs().max().item());
    }
  }

  @Test
  void lengthsHideWhateverStandsInPadding() {
    Tensor badKeys = spoiled(k.transpose(0, 1), 0, 2).transpose(0, 1);
    Tensor badValues = spoiled(v.transpose(0, 1), 0, 2).transpose(0, 1);
    AttentionMask mask = AttentionMask.NONE.lengths(lengths);
    Tensor asked = q.leaf();
    Tensor context = ScaledDotProduct.attend(asked, badKeys, badValues, mask).context();
    assertClose(ScaledDotProduct.attend(q, k, v, mask).context(), context.detach());
    assertTrue(Double.isFinite(context.sum().gradients(asked).get(asked).sum().item()));
  }

  // ---- several heads ----

  @Test
  void oneHeadIsAScaledDotProductOfProjections() {
    MultiHeadAttention one = new MultiHeadAttention(SIZE, 1, new Generator(5));
    one.to(DType.F64);
    var p = one.parameters();
    Tensor weight = p.get("in_proj_weight").value();
    Tensor expected =
        ScaledDotProduct.attend(
                query.transpose(0, 1).matmul(weight.narrow(0, 0, SIZE).t()),
                keys.transpose(0, 1).matmul(weight.narrow(0, SIZE, SIZE).t()),
                keys.transpose(0, 1).matmul(weight.narrow(0, 2 * SIZE, SIZE).t()),
                AttentionMask.NONE.lengths(lengths))
            .context()
            .matmul(p.get("out_proj.weight").value().t())
            .transpose(0, 1);
    Attended attended = one.forward(query, keys, keys, AttentionMask.NONE.lengths(lengths));
    assertClose(expected.detach(), attended.context().detach());
    assertEquals(Shape.of(BATCH, 1, QUERIES, KEYS), attended.weights().shape());
  }

  @Test
  void headsHidePaddingAndHaveBothDerivatives() {
    MultiHeadAttention heads = new MultiHeadAttention(4, 2, 3, 2, true, new Generator(5));
    heads.to(DType.F64);
    AttentionMask mask = AttentionMask.NONE.lengths(lengths);
    Tensor asked = normal(7, Shape.of(2, BATCH, 4));
    Tensor values = normal(8, Shape.of(KEYS, BATCH, 2));
    GradCheck.check(in -> heads.forward(in[0], in[1], in[2], mask).context(), asked, keys, values);
    Tensor clean = heads.forward(asked, keys, values, mask).context();
    Tensor spoiled =
        heads.forward(asked, spoiled(keys, 0, 2), spoiled(values, 0, 2), mask).context();
    assertClose(clean.detach(), spoiled.detach());
  }

  // ---- refusals ----

  private static void refused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    GeneralAttention general = new GeneralAttention(2, 2, new Generator(1));
    GeneralAttention other = new GeneralAttention(2, SIZE, new Generator(1));
    other.to(DType.F64);
    refused(
        "GeneralAttention: queries have 3 features, not 2", () -> other.forward(query, keys, null));
    refused("GeneralAttention: keys have 3 features, not 2", () -> general.over(keys, null));
    refused(
        "attention: keys must be [time, batch, features], not [4, 2]",
        () -> general.over(keys.select(2, 0), null));
    refused(
        "attention: keys of a batch of 2 want queries [time, batch, features], not [3, 1, 3]",
        () -> new DotAttention().forward(query.narrow(1, 0, 1), keys, null));
    refused(
        "lengths: 1 given for a batch of 2", () -> new DotAttention().over(keys, Lengths.of(1)));
    refused(
        "attention: query [2, 3, 3], key [2, 4, 3] and value [2, 3, 2] do not fit [batch, ...,"
            + " time, features]",
        () -> ScaledDotProduct.attend(q, k, v.narrow(1, 0, 3), AttentionMask.NONE));
    refused(
        "attention: mask [5] does not broadcast to scores [2, 3, 4]",
        () -> ScaledDotProduct.attend(q, k, v, AttentionMask.NONE.keeping(Tensor.zeros(5))));
    refused(
        "MultiHeadAttention: 4 features do not divide into 3 heads",
        () -> new MultiHeadAttention(4, 3, new Generator(1)));
    refused(
        "MultiHeadAttention: key must be [time, batch, 4], of the query's batch, not [4, 2, 3]",
        () ->
            new MultiHeadAttention(4, 2, new Generator(1))
                .forward(normal(1, Shape.of(2, BATCH, 4)), keys, keys, AttentionMask.NONE));
    refused(
        "AdditiveAttention: sizes must be at least 1, not 0",
        () -> new AdditiveAttention(1, 0, 1, new Generator(1)));
    refused(
        "CoverageAttention: keys must be [time, batch, 3], not [4, 2]",
        () -> coverage.over(keys.select(2, 0), null));
  }
}
