package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/** Steps that are given indices, and read rows of an embedding with them. */
class IndexInputsTest {
  private static final int T = 6;
  private static final int B = 3;
  private static final int WORDS = 5;
  private static final int WIDTH = 4;

  private final Generator generator = new Generator(5);
  private final Tensor table = normal(WORDS, WIDTH).leaf();
  private final Tensor w = normal(WIDTH, WIDTH).leaf();
  private final Tensor u = normal(WIDTH, WIDTH).leaf();
  private final Tensor initial = normal(B, WIDTH).leaf();

  /** A word with a number that comes with it. */
  record Spoken(Tensor loudness, IntTensor word) {}

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 0.5);
  }

  private static IntTensor words(long seed, int... extents) {
    Shape shape = Shape.of(extents);
    return IntTensor.of(shape, new Random(seed).ints(shape.size(), 0, WORDS).toArray());
  }

  /**
   * {@code h' = tanh(E[word] W + h U)}, put out as logarithms of probabilities by way of E again.
   */
  private Scan<IntTensor, Tensor, Tensor> tied() {
    return Scan.over(
        (word, h) -> {
          Tensor next = table.embedding(word).matmul(w).add(h.matmul(u)).tanh();
          return new Scan.Next<>(next.matmul(table.t()).logSoftmax(-1), next);
        });
  }

  private <X> void assertCompiledEqualsEager(Scan<X, Tensor, Tensor> scan, X inputs) {
    List<List<double[]>> results = new ArrayList<>();
    for (ScanMode mode : List.of(ScanMode.EAGER, ScanMode.COMPILED)) {
      var result = scan.in(mode).run(inputs, initial);
      List<Tensor> wrt = List.of(table, w, u, initial);
      Tensor loss = result.outputs().sin().sum().add(result.state().square().sum());
      Map<Tensor, Tensor> first = loss.gradients(wrt, GraphMode.CREATE);
      Tensor along = Tensor.scalar(DType.F64, 0);
      for (Tensor t : wrt) {
        along = along.add(first.get(t).sin().sum());
      }
      Map<Tensor, Tensor> second = along.gradients(wrt);
      List<double[]> all = new ArrayList<>();
      all.add(result.outputs().toDoubleArray());
      wrt.forEach(t -> all.add(first.get(t).toDoubleArray()));
      wrt.forEach(t -> all.add(second.get(t).toDoubleArray()));
      results.add(all);
    }
    for (int i = 0; i < results.getFirst().size(); i++) {
      assertArrayEquals(results.get(0).get(i), results.get(1).get(i), 1e-10, "result " + i);
    }
  }

  @Test
  void anEmbeddingThatIsAlsoTheOutputMatrix() {
    assertCompiledEqualsEager(tied(), words(1, T, B));
  }

  @Test
  void twoWordsAtOnceAndPadding() {
    Scan<List<IntTensor>, Tensor, Tensor> scan =
        Scan.over(
            (words, h) -> {
              Tensor sum = table.embedding(words.get(0), -1).add(table.embedding(words.get(1)));
              Tensor pair = table.embedding(words.get(2), 2).reshape(B, 2 * WIDTH);
              Tensor next =
                  sum.matmul(w)
                      .add(h.matmul(u))
                      .add(pair.narrow(1, 2, WIDTH))
                      .add(pair.sum(new int[] {1}, true));
              return new Scan.Next<>(next.sin(), next.tanh());
            });
    assertCompiledEqualsEager(scan, List.of(words(1, T, B), words(2, T, B), words(3, T, B, 2)));
  }

  @Test
  void aRecordOfANumberAndAWordWithSelectedRows() {
    Scan<Spoken, Tensor, Tensor> scan =
        Scan.over(
            (x, h) -> {
              Tensor row = table.indexSelect(0, x.word()).mul(x.loudness());
              Tensor next = row.add(h.mul(row).matmul(u)).tanh();
              return new Scan.Next<>(next.matmul(w), next);
            });
    assertCompiledEqualsEager(scan, new Spoken(normal(T, B, 1), words(4, T, B)));
  }

  @Test
  void rowsAreReadOnceForAllStepsAndTheirProductLeavesTheLoop() {
    IntTensor ids = words(1, T, B);
    CompiledStep step = tied().compile(ids, initial);
    List<Stage.ProductStep> loop =
        step.plan().loop().levels().stream().flatMap(l -> l.products().stream()).toList();
    List<Stage.ProductStep> before =
        step.plan().before().levels().stream().flatMap(l -> l.products().stream()).toList();
    assertEquals(1, loop.size());
    assertEquals(1, before.size());
    Buffers.Kind read = step.plan().buffers().get(before.getFirst().x().buffer()).kind();
    assertEquals(Buffers.TableRows.class, read.getClass());
    String text = tied().explain(ids, initial);
    assertTrue(text.contains("rows of #0 at indices 0 [4] x #1"), text);
    assertTrue(text.contains("added at indices 0: [5, 4]"), text);
  }

  @Test
  void eachCallReadsTheIndicesItIsGiven() {
    Scan<IntTensor, Tensor, Tensor> compiled = tied().in(ScanMode.COMPILED);
    for (IntTensor ids : List.of(words(1, T, B), words(2, T, B), words(3, T + 2, B))) {
      Tensor expected = tied().in(ScanMode.EAGER).run(ids, initial).outputs();
      Tensor outputs = compiled.run(ids, initial).outputs();
      assertArrayEquals(expected.toDoubleArray(), outputs.toDoubleArray(), 1e-12);
    }
  }

  @Test
  void checkpointsChangeNoBitOfTheEmbeddingsGradient() {
    // 2048 rows are summed at a time: three windows of a thousand steps and a rest.
    IntTensor ids = words(1, 3 * 683 + 5, B);
    Scan<IntTensor, Tensor, Tensor> scan = tied().in(ScanMode.COMPILED);
    double[] whole = gradient(scan, ids);
    assertArrayEquals(whole, gradient(scan, ids));
    assertArrayEquals(whole, gradient(scan.checkpointEvery(1), ids));
  }

  private double[] gradient(Scan<IntTensor, Tensor, Tensor> scan, IntTensor ids) {
    Tensor loss = scan.run(ids, initial).outputs().square().sum();
    return loss.gradients(List.of(table)).get(table).toDoubleArray();
  }

  @Test
  void indicesWithoutARowAreRefused() {
    IntTensor ids = IntTensor.of(Shape.of(2, B), 0, 1, 2, 3, WORDS, 0);
    for (ScanMode mode : List.of(ScanMode.EAGER, ScanMode.COMPILED)) {
      var error =
          assertThrows(
              IndexOutOfBoundsException.class, () -> tied().in(mode).run(ids, initial), mode::name);
      assertTrue(String.valueOf(error.getMessage()).contains("index 5"), error.getMessage());
    }
  }

  @Test
  void inputsMustAgreeInTime() {
    Scan<Spoken, Tensor, Tensor> scan = Scan.over((x, h) -> new Scan.Next<>(h, h));
    Spoken different = new Spoken(normal(T, B, 1), words(1, T + 1, B));
    assertThrows(IllegalArgumentException.class, () -> scan.run(different, initial));
    Spoken bare = new Spoken(normal(T, B, 1), words(1, T));
    assertThrows(IllegalArgumentException.class, () -> scan.run(bare, initial));
  }

  /** What has no form in a plan runs step by step, and says why. */
  @Test
  void otherUsesOfIndicesAreRefusedByPlans() {
    Scan<IntTensor, Tensor, Tensor> ofState =
        Scan.over(
            (word, h) -> {
              Tensor next = h.embedding(word).add(h.matmul(u)).tanh();
              return new Scan.Next<>(next, next);
            });
    assertRefused(ofState, "computed in the step");
    Scan<IntTensor, Tensor, Tensor> element =
        Scan.over(
            (word, h) -> {
              Tensor next = h.matmul(u).tanh();
              return new Scan.Next<>(next.gather(1, word.reshape(B, 1)), next);
            });
    assertRefused(element, "no elements");
  }

  private void assertRefused(Scan<IntTensor, Tensor, Tensor> scan, String reason) {
    IntTensor ids = IntTensor.of(Shape.of(2, B), 0, 2, 1, 1, 0, 0);
    var error =
        assertThrows(
            NotCompilableException.class, () -> scan.in(ScanMode.COMPILED).run(ids, initial));
    assertTrue(String.valueOf(error.getMessage()).contains(reason), error.getMessage());
    assertArrayEquals(
        scan.in(ScanMode.EAGER).run(ids, initial).outputs().toDoubleArray(),
        scan.in(ScanMode.AUTO).run(ids, initial).outputs().toDoubleArray());
  }

  @Test
  void statesHoldNoIndices() {
    Scan<Tensor, Spoken, Tensor> scan = Scan.over((x, s) -> new Scan.Next<>(x, s));
    Spoken state = new Spoken(initial, words(1, B));
    assertThrows(IllegalArgumentException.class, () -> scan.run(normal(T, B, 2), state));
  }

  // ---- streams ----

  @Test
  void aStreamTakesIndices() {
    Tensor table32 = table.to(DType.F32);
    Tensor u32 = u.to(DType.F32);
    Tensor start = initial.to(DType.F32);
    Scan<IntTensor, Tensor, Tensor> scan =
        Scan.over(
            (word, h) -> {
              Tensor next = table32.embedding(word).add(h.matmul(u32)).tanh();
              return new Scan.Next<>(next, next);
            });
    IntTensor ids = words(7, T, B);
    Tensor expected = scan.in(ScanMode.EAGER).run(ids, start).outputs();
    for (ScanMode mode : List.of(ScanMode.COMPILED, ScanMode.EAGER)) {
      var stream = scan.in(mode).stream(ids.select(0, 0), start);
      assertEquals(mode == ScanMode.COMPILED, stream.isCompiled());
      float[] out = new float[B * WIDTH];
      for (int t = 0; t < T; t++) {
        float[] wanted = expected.select(0, t).toFloatArray();
        if (t % 2 == 0) {
          stream.step(ids.select(0, t).toArray(), out);
          assertArrayEquals(wanted, out, 1e-6f);
        } else {
          assertArrayEquals(wanted, stream.step(ids.select(0, t)).toFloatArray(), 1e-6f);
        }
      }
      assertThrows(
          IndexOutOfBoundsException.class, () -> stream.step(new int[] {0, WORDS, 0}, out));
      assertThrows(IllegalArgumentException.class, () -> stream.step(words(1, B + 1)));
      assertThrows(IllegalArgumentException.class, () -> stream.step(new int[1], out));
      assertThrows(IllegalStateException.class, () -> stream.step(new float[B], out));
    }
  }

  @Test
  void leavesOfATree() {
    Spoken spoken = new Spoken(normal(2), words(1, 2));
    TensorTree.Leaves leaves = TensorTree.leaves(List.of(spoken, normal(1)));
    assertEquals(2, leaves.tensors().size());
    assertEquals(List.of(spoken.word()), leaves.indices());
    IntTensor other = words(2, 2);
    Spoken rebuilt =
        TensorTree.rebuild(
            spoken, new TensorTree.Leaves(List.of(spoken.loudness()), List.of(other)));
    assertEquals(other, rebuilt.word());
    assertThrows(IllegalArgumentException.class, () -> TensorTree.flatten(spoken));
    assertThrows(
        IllegalArgumentException.class,
        () -> TensorTree.rebuild(spoken, List.of(spoken.loudness())));
    assertFalse(spoken.word().isSymbolic());
  }
}
