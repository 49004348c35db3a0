package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.decoding.Constraint;
import org.tapeloop.nn.decoding.Sampler;
import org.tapeloop.nn.decoding.TokenModel;
import org.tapeloop.nn.wrap.ZoneoutCell;

/** Steps one at a time are the steps of a sequence; {@code CellTest} has every cell. */
class StreamingSessionTest {
  private static final int T = 7;
  private static final int I = 5;
  private static final int H = 18;
  private static final int SYMBOLS = 11;

  private final Generator generator = new Generator(3);

  private Tensor random(DType dtype, int... extents) {
    return Tensor.normal(generator.next(), dtype, Shape.of(extents), 0, 1);
  }

  private Recurrent<LstmState> lstm() {
    return Recurrent.forward(new LstmCell(I, H, generator));
  }

  private static void assertClose(double[] expected, double[] actual, DType dtype) {
    assertArrayEquals(expected, actual, dtype == DType.F32 ? 2e-6 : 1e-14);
  }

  // ---- results ----

  @ParameterizedTest
  @ValueSource(strings = {"reference", "vector", "openblas", "openblas+vector"})
  void aStackBetweenEmbeddingAndHeadGivesWhatItGivesForTheSequence(String backend) {
    for (DType dtype : DType.values()) {
      for (int batch : new int[] {1, 3}) {
        Embedding embedding = new Embedding(SYMBOLS, I, generator);
        Stacked<LstmState> stack =
            Stacked.of(Stacked.layers(2, I, H, size -> new LstmCell(size, H, generator)));
        Linear head = new Linear(H, SYMBOLS, generator);
        List.of(embedding, stack, head).forEach(layer -> layer.to(dtype));
        int[] ids = new int[T * batch];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = i * i % SYMBOLS;
        }
        Backends.use(
            backend,
            () -> {
              var whole = stack.forward(embedding.forward(IntTensor.of(Shape.of(T, batch), ids)));
              Tensor expected = head.forward(whole.output());
              var session = StreamingSession.of(embedding, stack, head::forward, batch);
              assertEquals(Optional.empty(), session.refusal());
              for (int t = 0; t < T; t++) {
                int[] now = new int[batch];
                System.arraycopy(ids, t * batch, now, 0, batch);
                double[] out = step(session, dtype, now, batch * SYMBOLS);
                assertClose(expected.select(0, t).toDoubleArray(), out, dtype);
              }
              List<Tensor> states = TensorTree.flatten(whole.state());
              List<Tensor> reached = TensorTree.flatten(session.state());
              for (int k = 0; k < states.size(); k++) {
                assertEquals(states.get(k).shape(), reached.get(k).shape());
                assertClose(states.get(k).toDoubleArray(), reached.get(k).toDoubleArray(), dtype);
              }
            });
      }
    }
  }

  private static double[] step(StreamingSession<?> session, DType dtype, int[] ids, int size) {
    double[] out = new double[size];
    if (dtype == DType.F64) {
      session.step(ids, out);
    } else {
      float[] floats = new float[size];
      session.step(ids, floats);
      for (int i = 0; i < size; i++) {
        out[i] = floats[i];
      }
    }
    return out;
  }

  @Test
  void aSamplerWritesWithASessionWhatItWritesWithTheCell() {
    Embedding embedding = new Embedding(SYMBOLS, I, generator);
    LstmCell cell = new LstmCell(I, H, generator);
    Linear head = new Linear(H, SYMBOLS, generator);
    TokenModel<LstmState> steps =
        (tokens, state) -> {
          Step<LstmState> step = cell.step(embedding.forward(tokens), state);
          return new TokenModel.Scored<>(head.forward(step.output()), step.state());
        };
    var session = StreamingSession.of(embedding, Recurrent.forward(cell), head::forward, 1);
    session.step(IntTensor.of(5));
    List<IntTensor> written = new ArrayList<>();
    // From the same state, whatever the session has read before.
    for (TokenModel<LstmState> model : List.of(steps, TokenModel.of(session))) {
      written.add(
          Sampler.PLAIN.sequence(
              model, cell.initialState(1), 1, -1, 12, Constraint.NONE, new RandomStream(4, 0)));
    }
    assertEquals(12, written.getFirst().size());
    assertEquals(written.getFirst(), written.getLast());
    IntTensor three = IntTensor.of(1, 2, 3);
    assertThrows(IllegalArgumentException.class, () -> session.step(three));
    assertThrows(IllegalArgumentException.class, () -> session.step(three.reshape(1, 3)));
    var onFeatures = StreamingSession.of(lstm(), I, 3);
    assertThrows(IllegalStateException.class, () -> onFeatures.step(three));
  }

  @Test
  void aHeadOnALayerIsPartOfTheStep() {
    Recurrent<LstmState> layer = lstm();
    Linear head = new Linear(H, 3, generator);
    var plain = StreamingSession.of(layer, I, 2);
    var headed = StreamingSession.of(layer, head::forward, I, 2);
    for (int t = 0; t < T; t++) {
      Tensor x = random(DType.F32, 2, I);
      double[] expected = head.forward(plain.step(x)).toDoubleArray();
      assertClose(expected, headed.step(x).toDoubleArray(), DType.F32);
    }
  }

  @Test
  void arraysAndTensorsGiveTheSame() {
    Recurrent<LstmState> layer = lstm();
    var onArrays = StreamingSession.of(layer, I, 2);
    var onTensors = StreamingSession.of(layer, I, 2);
    float[] out = new float[2 * H];
    for (int t = 0; t < T; t++) {
      Tensor x = random(DType.F32, 2, I);
      onArrays.step(x.toFloatArray(), out);
      assertArrayEquals(out, onTensors.step(x).toFloatArray());
    }
  }

  /** A step that branches on what it computes cannot be compiled. */
  private static final class Hesitant implements RecurrentCell<Tensor> {
    @Override
    public Tensor initialState(int batch) {
      return Tensor.zeros(batch, I);
    }

    @Override
    public Step<Tensor> step(Tensor x, Tensor h) {
      Tensor next = x.sum().item() > 0 ? h.add(x) : h.sub(x);
      return new Step<>(next, next);
    }
  }

  @Test
  void aStepThatCannotBeCompiledIsCalled() {
    var cell = new Hesitant();
    var session = StreamingSession.of(cell, I, 1);
    assertTrue(session.refusal().orElse("").contains("item"), session.refusal().toString());
    float[] out = new float[I];
    Tensor h = cell.initialState(1);
    for (int t = 0; t < T; t++) {
      Tensor x = random(DType.F32, 1, I);
      h = cell.step(x, h).state();
      session.step(x.toFloatArray(), out);
      assertArrayEquals(h.toFloatArray(), out);
    }
    assertArrayEquals(h.toFloatArray(), session.state().toFloatArray());
    session.setState(cell.initialState(1));
    session.refresh();
    session.step(new float[I], out);
    assertArrayEquals(new float[I], out);
    assertThrows(
        IllegalArgumentException.class, () -> session.step(new float[I], new float[I - 1]));
  }

  // ---- state and parameters ----

  @Test
  void theStateCanBeReadResetAndSet() {
    var session = StreamingSession.of(lstm(), I, 1);
    Tensor x = random(DType.F32, 1, I);
    Tensor first = session.step(x);
    LstmState reached = session.state();
    float[] c = reached.c().toFloatArray();
    Tensor second = session.step(x);
    assertArrayEquals(c, reached.c().toFloatArray());
    session.setState(reached);
    assertArrayEquals(second.toFloatArray(), session.step(x).toFloatArray());
    session.reset();
    assertArrayEquals(first.toFloatArray(), session.step(x).toFloatArray());
    assertThrows(
        IllegalArgumentException.class,
        () -> session.setState(new LstmState(reached.h(), Tensor.zeros(1, H + 1))));
  }

  @Test
  void trainingGoesUnnoticedUntilRefreshWhichKeepsTheState() {
    Recurrent<LstmState> layer = lstm();
    var session = StreamingSession.of(layer, I, 1);
    Tensor x = random(DType.F32, 1, I);
    float[] before = session.step(x).toFloatArray();
    layer.parameters().values().forEach(p -> p.set(p.value().mul(2)));
    session.reset();
    assertArrayEquals(before, session.step(x).toFloatArray());
    LstmState reached = session.state();
    session.refresh();
    float[] after = session.step(x).toFloatArray();
    Tensor expected = layer.forward(x.unsqueeze(0), reached).output();
    assertArrayEquals(expected.toFloatArray(), after, 2e-6f);
    assertFalse(Arrays.equals(before, after));
  }

  @Test
  void anEmbeddingIsRefreshedToo() {
    Embedding embedding = new Embedding(SYMBOLS, I, generator);
    var session = StreamingSession.of(embedding, lstm(), h -> h, 1);
    float[] before = new float[H];
    float[] after = new float[H];
    session.step(new int[] {4}, before);
    embedding.weight().set(embedding.weight().value().mul(-1));
    session.reset();
    session.step(new int[] {4}, after);
    assertArrayEquals(before, after);
    session.refresh();
    session.reset();
    session.step(new int[] {4}, after);
    assertFalse(Arrays.equals(before, after));
  }

  // ---- refusals ----

  @Test
  void layersThatNeedLaterStepsAreRefused() {
    var cell = new GruCell(I, H, generator);
    var back = Recurrent.backward(cell);
    var both = new Bidirectional<>(cell, new GruCell(I, H, generator));
    assertThrows(UnsupportedOperationException.class, () -> StreamingSession.of(back, I, 1));
    assertThrows(UnsupportedOperationException.class, () -> StreamingSession.of(both, I, 1));
    assertThrows(
        UnsupportedOperationException.class,
        () -> StreamingSession.of(Stacked.of(List.of(back)), I, 1));
  }

  @Test
  void cellsThatDrawForEveryStepAreRefusedInTraining() {
    var cell = new ZoneoutCell<>(new GruCell(I, H, generator), new double[] {0.5}, generator);
    var e = assertThrows(IllegalStateException.class, () -> StreamingSession.of(cell, I, 1));
    assertTrue(String.valueOf(e.getMessage()).contains("eval()"), e.getMessage());
    cell.eval();
    assertEquals(H, StreamingSession.of(cell, I, 1).step(Tensor.zeros(1, I)).extent(1));
  }

  @Test
  void dropoutBetweenLayersIsRefusedInTraining() {
    List<Recurrent<Tensor>> layers =
        Stacked.layers(2, I, H, size -> new GruCell(size, H, generator));
    Stacked<Tensor> stack = Stacked.of(layers, 0.5, generator);
    var e = assertThrows(IllegalStateException.class, () -> StreamingSession.of(stack, I, 1));
    assertTrue(String.valueOf(e.getMessage()).contains("eval()"), e.getMessage());
    // Run as one cell, a plan would drop the same elements at all steps.
    Tensor x = Tensor.ones(3, 1, I);
    var asOne = Recurrent.forward(stack.asCell());
    assertThrows(IllegalStateException.class, () -> asOne.forward(x));
    stack.eval();
    assertEquals(H, StreamingSession.of(stack, I, 1).step(Tensor.zeros(1, I)).extent(1));
    assertEquals(3, asOne.forward(x).output().extent(0));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    var session = StreamingSession.of(lstm(), I, 2);
    float[] x = new float[2 * I];
    float[] out = new float[2 * H];
    for (Runnable wrong :
        List.<Runnable>of(
            () -> session.step(new float[I], out),
            () -> session.step(x, new float[H]),
            () -> session.step(Tensor.zeros(1, I)),
            () -> session.step(Tensor.zeros(DType.F64, Shape.of(2, I))),
            () -> StreamingSession.of(lstm(), I, 0),
            () -> StreamingSession.of(lstm(), I + 1, 1))) {
      assertThrows(IllegalArgumentException.class, wrong::run);
    }
    assertThrows(IllegalStateException.class, () -> session.step(new double[2 * I], new double[2]));
    assertThrows(IllegalStateException.class, () -> session.step(new int[2], out));
    var onIds = StreamingSession.of(new Embedding(SYMBOLS, I, generator), lstm(), h -> h, 1);
    for (int[] ids : new int[][] {{SYMBOLS}, {-1}, {1, 2}}) {
      assertThrows(IllegalArgumentException.class, () -> onIds.step(ids, new float[H]));
    }
    assertThrows(IllegalStateException.class, () -> onIds.step(new int[1], new double[H]));
  }
}
