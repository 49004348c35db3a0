package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.nn.ElmanCell.Activation;

/** Layers over sequences: what holds for any cell, direction and depth. */
class RecurrentTest {
  private static final int T = 5;
  private static final int B = 3;
  private static final int I = 2;
  private static final int H = 4;
  private static final double TOLERANCE = 1e-12;
  private static final Generator GENERATOR = new Generator(11);

  /** A sequence layer by name, F64. */
  record Subject<S>(String name, SequenceLayer<S> layer, int outputs) {
    Layer parts() {
      return (Layer) layer;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Subject<?>> subjects() {
    List<Subject<?>> subjects = new ArrayList<>();
    add(subjects, "elman tanh", size -> new ElmanCell(size, H, GENERATOR));
    add(subjects, "elman relu", size -> new ElmanCell(size, H, Activation.RELU, GENERATOR));
    add(subjects, "lstm", size -> new LstmCell(size, H, GENERATOR));
    add(subjects, "gru", size -> new GruCell(size, H, GENERATOR));
    add(subjects, "lstm without bias", size -> LstmCell.withoutBias(size, H, GENERATOR));
    return subjects;
  }

  private static <S> void add(
      List<Subject<?>> subjects, String name, IntFunction<RecurrentCell<S>> cell) {
    subjects.add(subject(name + " forward", Recurrent.forward(cell.apply(I)), H));
    subjects.add(subject(name + " backward", Recurrent.backward(cell.apply(I)), H));
    subjects.add(
        subject(name + " bidirectional", new Bidirectional<>(cell.apply(I), cell.apply(I)), 2 * H));
    subjects.add(subject(name + " 2 layers", Stacked.of(Stacked.layers(2, I, H, cell)), H));
    subjects.add(
        subject(
            name + " 2 bidirectional layers",
            Stacked.of(Stacked.bidirectionalLayers(2, I, H, cell)),
            2 * H));
  }

  private static <S, L extends Layer & SequenceLayer<S>> Subject<S> subject(
      String name, L layer, int outputs) {
    layer.to(DType.F64);
    return new Subject<>(name, layer, outputs);
  }

  private static Tensor random(int... extents) {
    return Tensor.normal(GENERATOR.next(), DType.F64, Shape.of(extents), 0, 1);
  }

  /** A state of random numbers in place of the initial one. */
  private static <S> S randomState(SequenceLayer<S> layer, int batch) {
    return TensorTree.map(layer.initialState(batch), t -> random(t.shape().extents()));
  }

  private static void assertClose(Tensor expected, Tensor actual, String what) {
    assertEquals(expected.shape(), actual.shape(), what);
    double error = expected.size() == 0 ? 0 : expected.sub(actual).abs().max().item();
    assertTrue(error <= TOLERANCE, what + ": error " + error);
  }

  private static void assertClose(Object expected, Object actual, String what) {
    List<Tensor> e = TensorTree.flatten(expected);
    List<Tensor> a = TensorTree.flatten(actual);
    assertEquals(e.size(), a.size(), what);
    for (int i = 0; i < e.size(); i++) {
      assertClose(e.get(i), a.get(i), what + " " + i);
    }
  }

  // ---- padding ----

  @ParameterizedTest
  @MethodSource("subjects")
  <S> void aPaddedSequenceGivesWhatItGivesAlone(Subject<S> subject) {
    int[] each = {3, 5, 1};
    Tensor x = random(T, B, I);
    S initial = randomState(subject.layer(), B);
    Tensor spoiled = spoil(x, each);
    var batch = subject.layer().forward(spoiled, Lengths.of(each), initial);
    for (int b = 0; b < B; b++) {
      int at = b;
      S own = TensorTree.map(initial, t -> t.narrow(0, at, 1));
      var alone = subject.layer().forward(x.narrow(0, 0, each[b]).narrow(1, b, 1), own);
      Tensor output = batch.output().narrow(1, b, 1);
      assertClose(alone.output(), output.narrow(0, 0, each[b]), "output of " + b);
      Tensor padding = output.narrow(0, each[b], T - each[b]);
      assertClose(padding.zerosLike(), padding, "padding of " + b);
      assertClose(
          alone.state(), TensorTree.map(batch.state(), t -> t.narrow(0, at, 1)), "state of " + b);
    }
  }

  /** NaN in all that does not belong to the sequences. */
  private static Tensor spoil(Tensor x, int... each) {
    Tensor nan = Tensor.full(DType.F64, x.shape(), Double.NaN);
    return Lengths.of(each).mask(DType.F64, x.extent(0)).where(x, nan);
  }

  @ParameterizedTest
  @MethodSource("subjects")
  <S> void paddingGetsAndGivesNoGradient(Subject<S> subject) {
    int[] each = {3, 5, 1};
    Tensor x = random(T, B, I);
    Tensor cotangent = random(T, B, subject.outputs());
    Tensor spoiled = spoil(x, each).leaf();
    List<Tensor> wrt = new ArrayList<>(subject.parts().values());
    wrt.add(spoiled);
    Tensor loss =
        subject.layer().forward(spoiled, Lengths.of(each), null).output().mul(cotangent).sum();
    Map<Tensor, Tensor> g = loss.gradients(wrt);
    for (int b = 0; b < B; b++) {
      Tensor padding = g.get(spoiled).narrow(1, b, 1).narrow(0, each[b], T - each[b]);
      assertClose(padding.zerosLike(), padding, "gradient of padding " + b);
    }

    Map<Tensor, Tensor> sum = new LinkedHashMap<>();
    for (int b = 0; b < B; b++) {
      Tensor alone = x.narrow(0, 0, each[b]).narrow(1, b, 1);
      Tensor own = cotangent.narrow(0, 0, each[b]).narrow(1, b, 1);
      Tensor part = subject.layer().forward(alone).output().mul(own).sum();
      part.gradients(subject.parts().values())
          .forEach((of, gradient) -> sum.merge(of, gradient, Tensor::add));
    }
    sum.forEach((of, expected) -> assertClose(expected, g.get(of), "gradient " + of.shape()));
  }

  @ParameterizedTest
  @MethodSource("subjects")
  <S> void fullLengthsChangeNothing(Subject<S> subject) {
    Tensor x = random(T, B, I);
    var plain = subject.layer().forward(x);
    var masked = subject.layer().forward(x, Lengths.of(T, T, T), null);
    assertClose(plain.output(), masked.output(), "output");
    assertClose(plain.state(), masked.state(), "state");
  }

  // ---- gradients, small sizes ----

  @ParameterizedTest
  @MethodSource("subjects")
  <S> void gradientsReachInputStatesAndEveryParameter(Subject<S> subject) {
    Tensor x = random(T, B, I).leaf();
    S initial = TensorTree.map(randomState(subject.layer(), B), Tensor::leaf);
    List<Tensor> wrt = new ArrayList<>(subject.parts().values());
    wrt.add(x);
    wrt.addAll(TensorTree.flatten(initial));
    Tensor output = subject.layer().forward(x, initial).output();
    Tensor loss = output.mul(random(T, B, subject.outputs())).sum();
    loss.gradients(wrt)
        .forEach(
            (of, gradient) -> {
              double largest = gradient.abs().max().item();
              assertTrue(largest > 0 && largest < 1e6, of.shape() + ": largest " + largest);
            });
  }

  @ParameterizedTest
  @MethodSource("subjects")
  <S> void oneStepAndOneSequenceAreEnough(Subject<S> subject) {
    var out = subject.layer().forward(random(1, 1, I));
    assertEquals(Shape.of(1, 1, subject.outputs()), out.output().shape());
    assertClose(
        subject.layer().initialState(1), TensorTree.map(out.state(), Tensor::zerosLike), "shapes");
  }

  @ParameterizedTest
  @MethodSource("subjects")
  <S> void twoHalvesWithTheStateCarriedAreTheWhole(Subject<S> subject) {
    if (subject.name().contains("backward") || subject.name().contains("bidirectional")) {
      return; // they run from the other end
    }
    Tensor x = random(T, B, I);
    var whole = subject.layer().forward(x);
    var first = subject.layer().forward(x.narrow(0, 0, 2));
    var second = subject.layer().forward(x.narrow(0, 2, T - 2), TensorTree.detach(first.state()));
    assertClose(whole.output(), Tensor.cat(List.of(first.output(), second.output()), 0), "output");
    assertClose(whole.state(), second.state(), "state");
  }

  // ---- cells ----

  @Test
  void anInitialStateThatDoesNotFitTheInputIsRefusedWithBoth() {
    Recurrent<Tensor> layer = Recurrent.forward(new GruCell(2, 3, new Generator(1)));
    Tensor x = Tensor.zeros(5, 4, 2);
    var batch =
        assertThrows(IllegalArgumentException.class, () -> layer.forward(x, Tensor.zeros(3, 3)));
    assertEquals(
        "recurrent: x [5, 4, 2] has a batch of 4 but the initial state is [3, 3]",
        batch.getMessage());
    var type = assertThrows(IllegalArgumentException.class, () -> layer.forward(x.to(DType.F64)));
    assertEquals(
        "recurrent: x is F64 but the state is F32; convert x, or the layer with to(DType), or let"
            + " the cell's initialState take its type from its parameters",
        type.getMessage());
  }

  /** A cell that begins with a state of a width that its step does not keep. */
  private record Misshapen(int initial) implements RecurrentCell<LstmState> {
    @Override
    public LstmState initialState(int batch) {
      return new LstmState(Tensor.zeros(batch, 4), Tensor.zeros(batch, initial));
    }

    @Override
    public Step<LstmState> step(Tensor x, LstmState s) {
      Tensor next = s.h().add(s.c().sum(new int[] {1}, true)).add(x);
      return new Step<>(next, new LstmState(next, next));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EAGER", "AUTO"})
  void aStepThatDoesNotKeepTheShapeOfTheStateIsRefusedWithBoth(ScanMode mode) {
    Tensor x = Tensor.zeros(3, 2, 4);
    for (int width : new int[] {1, 5}) {
      Recurrent<LstmState> layer = Recurrent.forward(new Misshapen(width)).in(mode);
      String message =
          "recurrent: the step turns a state c of [2, %d] into [2, 4]; initialState and step must agree"
              .formatted(width);
      var full = assertThrows(IllegalArgumentException.class, () -> layer.forward(x));
      assertEquals(message, full.getMessage());
      var ragged =
          assertThrows(IllegalArgumentException.class, () -> layer.forward(x, Lengths.of(3, 2)));
      assertEquals(message, ragged.getMessage());
      var session = StreamingSession.of(layer, 4, 2);
      var step =
          assertThrows(IllegalArgumentException.class, () -> session.step(Tensor.zeros(2, 4)));
      assertEquals(message, step.getMessage());
    }
    Recurrent.forward(new Misshapen(4)).in(mode).forward(x);
  }

  @Test
  void lengthsNeedNoStateBesideThem() {
    Recurrent<Tensor> layer = Recurrent.forward(new GruCell(2, 3, new Generator(1)));
    Tensor x = Tensor.normal(new RandomStream(1, 0), DType.F32, Shape.of(4, 2, 2), 0, 1);
    Lengths lengths = Lengths.of(4, 2);
    assertArrayEquals(
        layer.forward(x, lengths, null).output().toFloatArray(),
        layer.forward(x, lengths).output().toFloatArray());
  }

  @Test
  void steppingACellIsRunningTheLayer() {
    LstmCell cell = new LstmCell(I, H, GENERATOR);
    cell.to(DType.F64);
    Tensor x = random(T, B, I);
    var sequence = Recurrent.forward(cell).forward(x);
    LstmState state = cell.initialState(B);
    for (int t = 0; t < T; t++) {
      Step<LstmState> step = cell.step(x.select(0, t), state);
      assertClose(sequence.output().select(0, t), step.output(), "step " + t);
      state = step.state();
    }
    assertClose(sequence.state(), state, "state");
  }

  @Test
  void backwardIsForwardOverTheReversedSequence() {
    GruCell cell = new GruCell(I, H, GENERATOR);
    cell.to(DType.F64);
    Tensor x = random(T, B, I);
    var ahead = Recurrent.forward(cell).forward(x.flip(0));
    var back = Recurrent.backward(cell).forward(x);
    assertClose(ahead.output().flip(0), back.output(), "output");
    assertClose(ahead.state(), back.state(), "state");
  }

  @Test
  void bidirectionalPutsForwardFirst() {
    GruCell forward = new GruCell(I, H, GENERATOR);
    GruCell backward = new GruCell(I, H, GENERATOR);
    Tensor x = random(T, B, I).to(DType.F32);
    Tensor both = new Bidirectional<>(forward, backward).forward(x).output();
    assertArrayEquals(
        Recurrent.forward(forward).forward(x).output().toFloatArray(),
        both.narrow(2, 0, H).toFloatArray());
    assertArrayEquals(
        Recurrent.backward(backward).forward(x).output().toFloatArray(),
        both.narrow(2, H, H).toFloatArray());
  }

  @Test
  void theForgetBiasIsSetInTheForgetBlockAlone() {
    LstmCell cell = new LstmCell(I, H, GENERATOR);
    Map<String, float[]> before = new LinkedHashMap<>();
    cell.parameters().forEach((name, p) -> before.put(name, p.value().toFloatArray()));
    cell.forgetBias(1.5);
    cell.parameters()
        .forEach(
            (name, p) -> {
              float[] after = p.value().toFloatArray();
              boolean bias = name.startsWith("bias");
              for (int i = 0; i < after.length; i++) {
                boolean forget = bias && i / H == 1;
                float wanted = name.equals("bias_ih") ? 1.5f : 0;
                assertEquals(forget ? wanted : before.get(name)[i], after[i], name + " " + i);
              }
              assertTrue(p.value().requiresGrad());
            });
    LstmCell plain = LstmCell.withoutBias(I, H, GENERATOR);
    assertThrows(IllegalStateException.class, () -> plain.forgetBias(1));
  }

  // ---- stacks ----

  @Test
  void dropoutStandsBetweenLayersAndNotAfterTheLast() {
    var layers = Stacked.layers(2, I, H, size -> new ElmanCell(size, H, GENERATOR));
    Stacked<Tensor> stack = Stacked.of(layers, 0.5, new Generator(3));
    Tensor x = random(T, B, I).to(DType.F32);
    Tensor training = stack.forward(x).output();
    assertTrue(training.abs().min().item() > 0, "the last layer's output is whole");
    stack.eval();
    Tensor evaluating = stack.forward(x).output();
    Tensor plain = layers.get(1).forward(layers.get(0).forward(x).output()).output();
    assertArrayEquals(plain.toFloatArray(), evaluating.toFloatArray());
    Tensor dropped = new Dropout(0.5, new Generator(3)).forward(layers.get(0).forward(x).output());
    assertArrayEquals(
        layers.get(1).forward(dropped).output().toFloatArray(), training.toFloatArray());
  }

  @Test
  void oneLayerTakesNoDropout() {
    var layers = Stacked.layers(1, I, H, size -> new GruCell(size, H, GENERATOR));
    Generator masks = new Generator(3);
    Stacked.of(layers, 0.5, masks).forward(random(T, B, I).to(DType.F32));
    assertEquals(0, masks.position());
  }

  // ---- refusals ----

  @Test
  void inputsThatAreNoSequencesAreRefused() {
    var layer = Recurrent.forward(new GruCell(I, H, GENERATOR));
    for (Tensor x : List.of(Tensor.zeros(T, I), Tensor.zeros(0, B, I))) {
      var error = assertThrows(IllegalArgumentException.class, () -> layer.forward(x));
      assertEquals(
          "recurrent: x must be [time, batch, features] with at least one step, not " + x.shape(),
          error.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> layer.forward(Tensor.zeros(T, B, I + 1)));
  }

  @Test
  void lengthsThatDoNotFitAreRefused() {
    var layer = Recurrent.forward(new GruCell(I, H, GENERATOR));
    Tensor x = Tensor.zeros(T, B, I);
    var fewer =
        assertThrows(
            IllegalArgumentException.class, () -> layer.forward(x, Lengths.of(1, 2), null));
    assertEquals("lengths: 2 given for a batch of 3", fewer.getMessage());
    var longer =
        assertThrows(
            IllegalArgumentException.class, () -> layer.forward(x, Lengths.of(1, 6, 2), null));
    assertEquals("lengths: sequence 1 has length 6 but x has 5 steps", longer.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Lengths.of(2, 0, 1));
    assertThrows(IllegalArgumentException.class, Lengths::of);
  }

  @Test
  void statesThatDoNotFitAreRefused() {
    var stack = Stacked.of(Stacked.layers(2, I, H, size -> new GruCell(size, H, GENERATOR)));
    Tensor x = Tensor.zeros(T, B, I);
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> stack.forward(x, List.of(Tensor.zeros(B, H))));
    assertEquals("stacked: 1 initial states for 2 layers", error.getMessage());
    List<Tensor> otherBatch = stack.initialState(B + 1);
    assertThrows(IllegalArgumentException.class, () -> stack.forward(x, otherBatch));
    assertThrows(IllegalArgumentException.class, () -> Stacked.of(List.<Recurrent<Tensor>>of()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 20})
  void threadsChangeNoBitOfABidirectionalLayer(int batch) {
    var layer = new Bidirectional<>(new GruCell(I, 19, GENERATOR), new GruCell(I, 19, GENERATOR));
    Tensor x = Tensor.normal(GENERATOR.next(), DType.F32, Shape.of(T, batch, I), 0, 1).leaf();
    int[] each = new int[batch];
    for (int b = 0; b < batch; b++) {
      each[b] = 1 + b % T;
    }
    for (Lengths lengths : Arrays.asList(null, Lengths.of(each))) {
      List<float[]> single = bits(layer, x, lengths, 1);
      for (int threads : new int[] {2, 3}) {
        List<float[]> shared = bits(layer, x, lengths, threads);
        for (int i = 0; i < single.size(); i++) {
          assertArrayEquals(single.get(i), shared.get(i), "result " + i);
        }
      }
    }
  }

  /** Everything the layer gives, with first and second derivatives. */
  private static List<float[]> bits(
      Bidirectional<Tensor> layer, Tensor x, @Nullable Lengths lengths, int threads) {
    return Backends.use(
        Backends.named("vector", threads),
        () -> {
          var out = layer.forward(x, lengths, null);
          Tensor loss = out.output().square().sum().add(out.state().backward().sum());
          List<Tensor> wrt = new ArrayList<>(layer.values());
          wrt.add(x);
          List<Tensor> results = new ArrayList<>(List.of(out.output(), out.state().forward()));
          Map<Tensor, Tensor> first = loss.gradients(wrt, GraphMode.CREATE);
          Map<Tensor, Tensor> plain = loss.gradients(wrt, GraphMode.RETAIN);
          wrt.forEach(t -> results.add(plain.get(t)));
          Tensor one = layer.forward(x, lengths, null).state().forward().sum();
          results.addAll(one.gradients(List.of(x)).values());
          results.addAll(first.get(x).square().sum().gradients(wrt).values());
          return results.stream().map(Tensor::toFloatArray).toList();
        });
  }

  @Test
  void aStateThatIsNullIsRefused() {
    var layer = Recurrent.forward(new LstmCell(2, 3, new Generator(1)));
    Tensor x = Tensor.zeros(1, 1, 2);
    LstmState none = null;
    var error = assertThrows(NullPointerException.class, () -> layer.forward(x, none));
    assertEquals("forward: the initial state is null; forward(x) needs none", error.getMessage());
    LstmState half = new LstmState(Tensor.zeros(1, 3), null);
    error = assertThrows(NullPointerException.class, () -> layer.forward(x, half));
    assertEquals("tree: it, or a part of it, is null", error.getMessage());
  }
}
