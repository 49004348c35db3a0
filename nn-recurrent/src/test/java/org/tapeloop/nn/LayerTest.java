package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** The parameter tree, modes, and the layers that are not recurrent. */
class LayerTest {
  private final Generator generator = new Generator(1);

  /** A layer with parts, one of them used twice. */
  private static final class Tree extends Layer {
    private final Linear shared;
    private final Dropout dropout;

    Tree(Generator generator) {
      parameter("scale", Tensor.ones(2));
      shared = child("first", new Linear(2, 2, generator));
      child("again", shared);
      dropout = child("dropout", new Dropout(0.5, generator));
    }

    private void contain(String name) {
      child(name, new Linear(1, 1, new Generator(1)));
    }

    private void declare(String name) {
      parameter(name, Tensor.zeros(1));
    }
  }

  // ---- names, counts, print ----

  @Test
  void aTwoLayerBidirectionalLstmHasPyTorchsNamesInItsOrder() {
    var layers = Stacked.bidirectionalLayers(2, 3, 4, size -> new LstmCell(size, 4, generator));
    Map<String, Parameter> parameters = Stacked.of(layers).parameters();
    assertEquals(
        List.of(
            "weight_ih_l0",
            "weight_hh_l0",
            "bias_ih_l0",
            "bias_hh_l0",
            "weight_ih_l0_reverse",
            "weight_hh_l0_reverse",
            "bias_ih_l0_reverse",
            "bias_hh_l0_reverse",
            "weight_ih_l1",
            "weight_hh_l1",
            "bias_ih_l1",
            "bias_hh_l1",
            "weight_ih_l1_reverse",
            "weight_hh_l1_reverse",
            "bias_ih_l1_reverse",
            "bias_hh_l1_reverse"),
        List.copyOf(parameters.keySet()));
    assertEquals(Shape.of(16, 3), parameters.get("weight_ih_l0").shape());
    assertEquals(Shape.of(16, 8), parameters.get("weight_ih_l1_reverse").shape());
    assertEquals(Shape.of(16, 4), parameters.get("weight_hh_l1").shape());
    assertEquals(Shape.of(16), parameters.get("bias_hh_l0").shape());
  }

  @Test
  void aSharedPartCountsOnceUnderItsFirstName() {
    Tree tree = new Tree(generator);
    assertEquals(
        List.of("scale", "first.weight", "first.bias"), List.copyOf(tree.parameters().keySet()));
    assertEquals(2 + 4 + 2, tree.parameterCount());
    assertEquals(3, tree.values().size());
  }

  @Test
  void theSummaryListsEveryParameterAndTheTotal() {
    Tree tree = new Tree(generator);
    tree.shared.weight().freeze();
    assertEquals(
        """
        Tree
          scale         [2]                         2
          first.weight  [2, 2]                      4 frozen
          first.bias    [2]                         2
          8 parameters\
        """,
        tree.summary());
  }

  @Test
  void aNameIsDeclaredOnce() {
    Tree tree = new Tree(generator);
    var error = assertThrows(IllegalArgumentException.class, () -> tree.declare("scale"));
    assertEquals("parameter: 'scale' is declared twice", error.getMessage());
  }

  @Test
  void aPartsNameIsDeclaredOnce() {
    Tree tree = new Tree(generator);
    var error = assertThrows(IllegalArgumentException.class, () -> tree.contain("again"));
    assertEquals("child: 'again' is declared twice", error.getMessage());
  }

  @Test
  void namesThatAreNoneAreRefused() {
    Tree tree = new Tree(generator);
    for (String name : new String[] {"", "a.b", "a b", "a\n"}) {
      assertThrows(IllegalArgumentException.class, () -> tree.declare(name), name);
    }
    for (String name : new String[] {"", ".", "a..b", "a.", ".b", "a b"}) {
      assertThrows(IllegalArgumentException.class, () -> tree.contain(name), name);
    }
    var error = assertThrows(IllegalArgumentException.class, () -> tree.declare("a.b"));
    assertEquals(
        "parameter: 'a.b' is no name: it is empty, or has a dot or white space",
        error.getMessage());
    tree.contain("layers.0");
    assertTrue(tree.parameters().containsKey("layers.0.weight"));
  }

  @Test
  void differentiatingALayerThatDeclaresNothingIsRefused() {
    Tensor loss = Tensor.ones(2).leaf().sum();
    List<Tensor> none = new Dropout(0.5, generator).values();
    var error = assertThrows(IllegalArgumentException.class, () -> loss.gradients(none));
    assertTrue(error.getMessage().startsWith("gradients: with respect to no tensors"));
  }

  // ---- modes ----

  @Test
  void modesReachAllParts() {
    Tree tree = new Tree(generator);
    assertTrue(tree.isTraining() && tree.dropout.isTraining());
    tree.eval();
    assertFalse(tree.isTraining() || tree.dropout.isTraining() || tree.shared.isTraining());
    tree.train();
    assertTrue(tree.isTraining() && tree.dropout.isTraining() && tree.shared.isTraining());
  }

  @Test
  void dropoutDropsAndRescalesInTrainingAndDoesNothingInEvaluation() {
    Dropout dropout = new Dropout(0.25, generator);
    Tensor x = Tensor.ones(100, 100);
    float[] dropped = dropout.forward(x).toFloatArray();
    int zeros = 0;
    for (float v : dropped) {
      if (v == 0) {
        zeros++;
      } else {
        assertEquals(1 / 0.75f, v);
      }
    }
    // Five standard deviations of a binomial count.
    assertTrue(Math.abs(zeros - 2500) <= 5 * Math.sqrt(10000 * 0.25 * 0.75), "zeros " + zeros);
    dropout.eval();
    assertSame(x, dropout.forward(x));
    Dropout never = new Dropout(0, generator);
    assertSame(x, never.forward(x));
    assertThrows(IllegalArgumentException.class, () -> new Dropout(1, generator));
    assertThrows(IllegalArgumentException.class, () -> new Dropout(Double.NaN, generator));
  }

  @Test
  void everyCallOfDropoutDrawsAnotherMask() {
    Dropout dropout = new Dropout(0.5, generator);
    Tensor x = Tensor.ones(64);
    Tensor first = dropout.forward(x);
    Tensor second = dropout.forward(x);
    assertTrue(first.sub(second).abs().max().item() > 0);
  }

  // ---- values ----

  private static Map<String, Tensor> valuesOf(Layer layer) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    layer.parameters().forEach((name, parameter) -> values.put(name, parameter.value()));
    return values;
  }

  @Test
  void loadedValuesAreTaken() {
    Linear from = new Linear(3, 2, generator);
    Linear to = new Linear(3, 2, generator);
    to.load(valuesOf(from));
    assertArrayEquals(from.weight().value().toFloatArray(), to.weight().value().toFloatArray());
    assertNotSame(from.weight().value(), to.weight().value());
    assertTrue(to.weight().value().requiresGrad());
  }

  @Test
  void valuesThatDoNotFitAreRefusedAndNothingChanges() {
    Linear linear = new Linear(3, 2, generator);
    Tensor weight = linear.weight().value();
    Map<String, Tensor> values = valuesOf(linear);
    values.put("weight", Tensor.zeros(2, 3));

    Map<String, Tensor> renamed = new LinkedHashMap<>(values);
    renamed.put("beta", renamed.remove("bias"));
    refused(linear, renamed, "load: missing [bias], unknown [beta]");

    Map<String, Tensor> reshaped = new LinkedHashMap<>(values);
    reshaped.put("bias", Tensor.zeros(3));
    refused(linear, reshaped, "load: 'bias' has shape [2] here but [3] in the given values");
    assertSame(weight, linear.weight().value());
  }

  private static void refused(Layer layer, Map<String, Tensor> values, String message) {
    var error = assertThrows(IllegalArgumentException.class, () -> layer.load(values));
    assertEquals(message, error.getMessage());
  }

  @Test
  void aFrozenParameterGetsNoGradient() {
    Linear linear = new Linear(3, 2, generator);
    linear.weight().freeze();
    assertFalse(linear.weight().value().requiresGrad());
    assertEquals(List.of(linear.bias().value()), linear.values());
    linear.weight().unfreeze();
    assertTrue(linear.weight().value().requiresGrad());
    assertEquals(2, linear.values().size());
  }

  @Test
  void gradientsAreFoundByTheNamesOfTheirParameters() {
    Tree tree = new Tree(generator);
    tree.shared.bias().freeze();
    Tensor scale = tree.parameters().get("scale").value();
    Map<Tensor, Tensor> gradients =
        tree.shared.forward(Tensor.ones(1, 2)).mul(scale).sum().gradients(tree.values());
    Map<String, Tensor> named = tree.byName(gradients);
    assertEquals(List.of("scale", "first.weight"), List.copyOf(named.keySet()));
    assertSame(gradients.get(scale), named.get("scale"));
    assertSame(gradients.get(tree.shared.weight().value()), named.get("first.weight"));
  }

  @Test
  void gradientsOfReplacedOrForeignValuesHaveNoNames() {
    Linear linear = new Linear(2, 1, generator);
    Map<Tensor, Tensor> gradients =
        linear.forward(Tensor.ones(1, 2)).sum().gradients(linear.values());
    var foreign =
        assertThrows(
            IllegalArgumentException.class, () -> new Linear(2, 1, generator).byName(gradients));
    assertEquals(
        "byName: none of the gradients is that of a parameter of this layer", foreign.getMessage());
    linear.bias().set(Tensor.zeros(1));
    var late = assertThrows(IllegalArgumentException.class, () -> linear.byName(gradients));
    assertEquals(
        "byName: the gradient of 'bias' is that of a value that has been replaced since; call"
            + " byName before the optimiser's step",
        late.getMessage());
    linear.bias().freeze();
    assertEquals(Set.of("weight"), linear.byName(gradients).keySet());
    linear.weight().freeze();
    assertEquals(Map.of(), linear.byName(gradients));
    assertEquals(Map.of(), linear.byName(Map.of()));
  }

  @Test
  void aLayerWithoutANameIsCalledByTheOneItExtends() {
    assertTrue(new Linear(2, 1, generator).summary().startsWith("Linear\n"));
    assertTrue(new Layer() {}.summary().startsWith("Layer\n"));
  }

  @Test
  void convertingReachesEveryParameter() {
    Tree tree = new Tree(generator);
    tree.to(DType.F64);
    tree.values().forEach(value -> assertEquals(DType.F64, value.dtype()));
    tree.values().forEach(value -> assertTrue(value.requiresGrad()));
  }

  @Test
  void gradientsFlowOnThroughValuesPutInPlace() {
    Linear linear = Linear.withoutBias(2, 1, generator);
    Tensor before = linear.weight().value();
    Tensor root = Tensor.of(Shape.of(1, 2), 3, 5).leaf();
    Tensor x = Tensor.of(2f, 1f);
    Tensor y = linear.withValues(Map.of("weight", root.square()), () -> linear.forward(x));
    assertEquals(9 * 2 + 25, y.item());
    Tensor g = y.sum().gradients(root).get(root);
    assertArrayEquals(new float[] {2 * 3 * 2, 2 * 5 * 1}, g.toFloatArray());
    assertSame(before, linear.weight().value());
  }

  @Test
  void valuesPutInPlaceNestAndReachPartsOnly() {
    Linear linear = new Linear(2, 1, generator);
    Tensor bias = linear.bias().value();
    Tensor outer = Tensor.zeros(1, 2);
    Tensor inner = Tensor.ones(1, 2);
    linear.withValues(
        Map.of("weight", outer),
        () -> {
          assertSame(outer, linear.weight().value());
          assertSame(bias, linear.bias().value());
          return linear.withValues(
              Map.of("bias", Tensor.ones(1), "weight", inner),
              () -> {
                assertSame(inner, linear.weight().value());
                return linear;
              });
        });
    var unknown =
        assertThrows(
            IllegalArgumentException.class,
            () -> linear.withValues(Map.of("gain", inner), () -> linear));
    assertEquals("withValues: there is no parameter 'gain'", unknown.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> linear.withValues(Map.of("weight", bias), () -> linear));
  }

  // ---- linear, embedding, layer norm ----

  @Test
  void linearIsAnAffineMapOfTheLastAxis() {
    Linear linear = new Linear(2, 1, generator);
    linear.load(Map.of("weight", Tensor.of(Shape.of(1, 2), 2, -1), "bias", Tensor.of(0.5f)));
    Tensor y = linear.forward(Tensor.of(Shape.of(2, 1, 2), 1, 2, 3, 5));
    assertEquals(Shape.of(2, 1, 1), y.shape());
    assertArrayEquals(new float[] {0.5f, 1.5f}, y.toFloatArray());
    Linear plain = Linear.withoutBias(2, 1, generator);
    assertEquals(List.of("weight"), List.copyOf(plain.parameters().keySet()));
    plain.load(Map.of("weight", Tensor.of(Shape.of(1, 2), 2, -1)));
    assertEquals(0, plain.forward(Tensor.of(1f, 2f)).item());
  }

  @Test
  void linearIsDrawnFromTheDocumentedInterval() {
    Linear linear = new Linear(100, 200, generator);
    for (Tensor value : linear.values()) {
      double largest = value.abs().max().item();
      assertTrue(largest <= 0.1 && largest > 0.098, "largest " + largest);
    }
  }

  @Test
  void recurrentWeightsAreDrawnFromTheDocumentedInterval() {
    for (Layer cell :
        List.of(
            new ElmanCell(8, 64, generator),
            new LstmCell(8, 64, generator),
            new GruCell(8, 64, generator))) {
      for (Tensor value : cell.values()) {
        double largest = value.abs().max().item();
        assertTrue(largest <= 0.125 && largest > 0.115, "largest " + largest);
      }
    }
  }

  @Test
  void anEmbeddingIsDrawnFromTheStandardNormalDistribution() {
    double[] rows = new Embedding(100, 100, generator).weight().value().toDoubleArray();
    double sum = 0;
    double squares = 0;
    for (double v : rows) {
      sum += v;
      squares += v * v;
    }
    // Five standard errors.
    assertEquals(0, sum / rows.length, 5 / Math.sqrt(rows.length));
    assertEquals(1, squares / rows.length, 5 * Math.sqrt(2.0 / rows.length));
  }

  @Test
  void thePaddingRowIsZeroAndGetsNoGradient() {
    Embedding embedding = Embedding.withPadding(4, 2, 1, generator);
    Tensor table = embedding.weight().value();
    assertArrayEquals(new float[] {0, 0}, table.select(0, 1).toFloatArray());
    assertTrue(table.select(0, 2).abs().min().item() > 0);
    Tensor rows = embedding.forward(IntTensor.of(1, 2, 1, 2, 0));
    Tensor g = rows.add(1).square().sum().gradients(table).get(table);
    assertArrayEquals(new float[] {0, 0}, g.select(0, 1).toFloatArray());
    assertTrue(g.select(0, 2).abs().min().item() > 0);
    assertThrows(IllegalArgumentException.class, () -> Embedding.withPadding(4, 2, 4, generator));
    assertThrows(IndexOutOfBoundsException.class, () -> embedding.forward(IntTensor.of(4)));
  }

  @Test
  void layerNormGivesMeanZeroAndVarianceOne() {
    LayerNorm norm = new LayerNorm(50);
    Tensor y = norm.forward(Tensor.normal(generator.next(), DType.F32, Shape.of(3, 50), 7, 4));
    for (int row = 0; row < 3; row++) {
      assertEquals(0, y.select(0, row).mean().item(), 1e-5);
      assertEquals(1, y.select(0, row).square().mean().item(), 1e-4);
    }
    norm.load(Map.of("weight", Tensor.full(DType.F32, Shape.of(50), 2), "bias", Tensor.ones(50)));
    assertEquals(1, norm.forward(Tensor.zeros(50)).mean().item(), 1e-6);
    assertEquals(1e-5, LayerNorm.DEFAULT_EPSILON);
  }

  @Test
  void sizesBelowOneAreRefused() {
    var error = assertThrows(IllegalArgumentException.class, () -> new Linear(0, 2, generator));
    assertEquals("Linear: inputSize must be at least 1, not 0", error.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new LstmCell(2, 0, generator));
    assertThrows(IllegalArgumentException.class, () -> new Embedding(2, -1, generator));
    assertThrows(IllegalArgumentException.class, () -> new LayerNorm(0));
  }
}
