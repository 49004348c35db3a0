package org.tapeloop.nn.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.ParallelRecurrent;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceLayer;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;
import org.tapeloop.nn.StreamingSession;
import org.tapeloop.nn.cell.CellTable.Row;
import org.tapeloop.nn.safetensors.SafeTensorsFile;
import org.tapeloop.nn.safetensors.SafeTensorsWriter;
import org.tapeloop.nn.wrap.LearnedInitialStateCell;

/** What holds for every cell of {@link CellTable}. */
class CellTest {
  private static final int T = 4;
  private static final int B = 2;

  private final Generator generator = new Generator(5);

  static List<Row<?, ?>> cells() {
    return CellTable.rows();
  }

  /** A cell in F64 with the size of its inputs. */
  private record Subject<S, C extends Layer & RecurrentCell<S>>(C cell, int inputSize) {}

  private <S, C extends Layer & RecurrentCell<S>> Subject<S, C> subject(Row<S, C> row) {
    C cell = row.maker().apply(generator);
    cell.to(DType.F64);
    // Constants such as gains of 1 would hide where they are used.
    Map<String, Tensor> moved = new LinkedHashMap<>();
    cell.parameters()
        .forEach((name, p) -> moved.put(name, p.value().detach().add(random(p.shape()).mul(0.2))));
    cell.load(moved);
    int inputSize = cell instanceof SizedCell<?> sized ? sized.inputSize() : CellTable.I;
    return new Subject<>(cell, inputSize);
  }

  private Tensor random(Shape shape) {
    return Tensor.normal(generator.next(), DType.F64, shape, 0, 1);
  }

  private Tensor random(int... extents) {
    return random(Shape.of(extents));
  }

  /** A state that the cell reaches by itself: not every combination of numbers is one. */
  private <S> S reached(Subject<S, ?> subject, int batch) {
    S state = subject.cell().initialState(batch);
    for (int t = 0; t < 3; t++) {
      state = subject.cell().step(random(batch, subject.inputSize()), state).state();
    }
    return TensorTree.detach(state);
  }

  private static List<Tensor> flatten(Step<?> step) {
    List<Tensor> all = new ArrayList<>(List.of(step.output()));
    all.addAll(TensorTree.flatten(step.state()));
    return all;
  }

  private static void assertClose(List<Tensor> expected, List<Tensor> actual, double tolerance) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      Tensor e = expected.get(i);
      Tensor a = actual.get(i);
      assertEquals(e.shape(), a.shape(), "shape of result " + i);
      double error = e.sub(a).abs().max().item() / Math.max(1, e.abs().max().item());
      assertTrue(error <= tolerance, "result " + i + ": error " + error);
    }
  }

  // ---- equations and derivatives ----

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void aStepIsWhatItsEquationsSay(Row<S, C> row) {
    var subject = subject(row);
    Tensor x = random(B, subject.inputSize());
    S state = reached(subject, B);
    List<Tensor> results = flatten(subject.cell().step(x, state));
    Weights weights = Weights.of(subject.cell());
    for (int b = 0; b < B; b++) {
      int at = b;
      double[][] states =
          TensorTree.flatten(state).stream().map(s -> Weights.row(s, at)).toArray(double[][]::new);
      List<double[]> expected = row.equations().step(weights, Weights.row(x, b), states);
      assertEquals(expected.size(), results.size());
      for (int i = 0; i < expected.size(); i++) {
        double[] actual = Weights.row(results.get(i), b);
        assertEquals(expected.get(i).length, actual.length, "size of result " + i);
        for (int j = 0; j < actual.length; j++) {
          double scale = Math.max(1, Math.abs(expected.get(i)[j]));
          double error = Math.abs(expected.get(i)[j] - actual[j]) / scale;
          assertTrue(error <= 1e-9, "result " + i + " unit " + j + ": error " + error);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void derivativesAreThoseOfDifferences(Row<S, C> row) {
    var subject = subject(row);
    S state = reached(subject, B);
    List<String> names = List.copyOf(subject.cell().parameters().keySet());
    List<Tensor> at = new ArrayList<>(List.of(random(B, subject.inputSize())));
    at.addAll(TensorTree.flatten(state));
    int first = at.size();
    subject.cell().parameters().values().forEach(p -> at.add(p.value()));
    GradCheck.DEFAULTS
        .withTolerance(1e-5)
        .verify(
            in -> {
              List<Tensor> all = List.of(in);
              Map<String, Tensor> values = new HashMap<>();
              for (int k = 0; k < names.size(); k++) {
                values.put(names.get(k), all.get(first + k));
              }
              S start = TensorTree.rebuild(state, all.subList(1, first));
              Step<S> step =
                  subject
                      .cell()
                      .withValues(values, () -> subject.cell().step(all.getFirst(), start));
              return Tensor.cat(flatten(step).stream().map(t -> t.reshape(-1)).toList(), 0);
            },
            at.toArray(Tensor[]::new));
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void everyRowOfEveryParameterGetsAGradient(
      Row<S, C> row) {
    var subject = subject(row);
    // Enough of them that no unit of a relu sleeps through.
    Tensor x = random(3 * T, 8 * B, subject.inputSize());
    // From a state that weighs: without one, a bias of sLSTM's input gates scales all inputs alike.
    S start = reached(subject, 8 * B);
    Tensor output = Recurrent.forward(subject.cell()).forward(x, start).output();
    Map<Tensor, Tensor> gradients =
        output.mul(random(output.shape())).sum().gradients(subject.cell().values());
    subject
        .cell()
        .parameters()
        .forEach(
            (name, p) -> {
              Tensor gradient = gradients.get(p.value());
              assertNotNull(gradient, name);
              // Row by row: a block of a weight that is never read has a gradient of 0.
              double[] rows = gradient.abs().reshape(gradient.extent(0), -1).sum(1).toDoubleArray();
              for (int i = 0; i < rows.length; i++) {
                assertTrue(rows[i] > 0, name + " row " + i);
              }
            });
  }

  // ---- over sequences ----

  /** Results, gradients, and gradients of a function of the gradients. */
  private <S> List<Tensor> everything(
      Subject<S, ?> subject, ScanMode mode, Tensor x, S initial, List<Tensor> weights) {
    RecurrentCell<S> cell = subject.cell();
    Scan<Tensor, S, Tensor> scan =
        Scan.over(
            (now, state) -> {
              Step<S> step = cell.step(now, state);
              return new Scan.Next<>(step.output(), step.state());
            });
    var result = scan.in(mode).run(x, initial);
    List<Tensor> results = new ArrayList<>(List.of(result.outputs()));
    results.addAll(TensorTree.flatten(result.state()));
    Tensor loss = Tensor.scalar(DType.F64, 0);
    for (int i = 0; i < results.size(); i++) {
      loss = loss.add(results.get(i).mul(weights.get(i)).sum());
    }
    List<Tensor> wrt = new ArrayList<>(List.of(x));
    wrt.addAll(TensorTree.flatten(initial));
    wrt.addAll(subject.cell().values());
    // The first order twice: by the plan's own backward pass, and by way of what is differentiable.
    Map<Tensor, Tensor> first = loss.gradients(wrt, GraphMode.RETAIN);
    Map<Tensor, Tensor> again = loss.gradients(wrt, GraphMode.CREATE);
    Tensor bent = Tensor.scalar(DType.F64, 0);
    for (Tensor t : wrt) {
      bent = bent.add(again.get(t).square().sum());
    }
    Map<Tensor, Tensor> second = bent.requiresGrad() ? bent.gradients(wrt) : Map.of();
    wrt.forEach(t -> results.add(first.get(t)));
    wrt.forEach(t -> results.add(again.get(t)));
    wrt.forEach(t -> results.add(second.getOrDefault(t, t.zerosLike())));
    return results;
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void compiledEqualsEager(Row<S, C> row) {
    var subject = subject(row);
    Tensor x = random(T, B, subject.inputSize()).leaf();
    S initial = TensorTree.map(reached(subject, B), Tensor::leaf);
    List<Tensor> weights = new ArrayList<>();
    Step<S> like = subject.cell().step(x.select(0, 0), initial);
    weights.add(random(T, B, like.output().extent(1)));
    TensorTree.flatten(like.state()).forEach(s -> weights.add(random(s.shape())));
    assertClose(
        everything(subject, ScanMode.EAGER, x, initial, weights),
        everything(subject, ScanMode.COMPILED, x, initial, weights),
        1e-9);
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void aPaddedSequenceGivesWhatItGivesAlone(Row<S, C> row) {
    var subject = subject(row);
    Tensor x = random(T, B, subject.inputSize()).leaf();
    S initial = TensorTree.map(reached(subject, B), Tensor::leaf);
    int[] lengths = {3, 4};
    for (boolean reverse : new boolean[] {false, true}) {
      Recurrent<S> layer =
          reverse ? Recurrent.backward(subject.cell()) : Recurrent.forward(subject.cell());
      List<Tensor> wrt = new ArrayList<>(List.of(x));
      wrt.addAll(TensorTree.flatten(initial));
      wrt.addAll(subject.cell().values());
      var batch = layer.forward(x, Lengths.of(lengths), initial);
      Tensor ofBatch = loss(batch);
      Tensor ofAll = Tensor.scalar(DType.F64, 0);
      for (int b = 0; b < B; b++) {
        int at = b;
        var alone =
            layer.forward(
                x.narrow(0, 0, lengths[b]).narrow(1, b, 1),
                TensorTree.map(initial, t -> t.narrow(0, at, 1)));
        Tensor output = batch.output().narrow(1, b, 1);
        List<Tensor> actual = new ArrayList<>(List.of(output.narrow(0, 0, lengths[b])));
        TensorTree.flatten(batch.state()).forEach(s -> actual.add(s.narrow(0, at, 1)));
        List<Tensor> expected = new ArrayList<>(List.of(alone.output()));
        expected.addAll(TensorTree.flatten(alone.state()));
        assertClose(expected, actual, 1e-11);
        double padding = output.narrow(0, lengths[b], T - lengths[b]).abs().sum().item();
        assertEquals(0, padding, "padding of " + b);
        ofAll = ofAll.add(loss(alone));
      }
      assertClose(gradients(ofAll, wrt), gradients(ofBatch, wrt), 1e-10);
    }
  }

  /** A number that every output and state has its part in, padding of 0 none. */
  private static Tensor loss(SequenceOutput<?> result) {
    Tensor loss = result.output().sin().sum();
    for (Tensor state : TensorTree.flatten(result.state())) {
      loss = loss.add(state.sin().sum());
    }
    return loss;
  }

  private static List<Tensor> gradients(Tensor loss, List<Tensor> wrt) {
    Map<Tensor, Tensor> all = loss.gradients(wrt);
    return wrt.stream().map(all::get).toList();
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void streamingEqualsTheSequence(Row<S, C> row) {
    var subject = subject(row);
    Tensor x = random(T, B, subject.inputSize());
    Recurrent<S> layer = Recurrent.forward(subject.cell());
    SequenceOutput<S> whole = layer.forward(x);
    S state = layer.initialState(B);
    List<Tensor> outputs = new ArrayList<>();
    for (int t = 0; t < T; t++) {
      var one = layer.forward(x.narrow(0, t, 1), state);
      outputs.add(one.output());
      state = one.state();
    }
    List<Tensor> expected = new ArrayList<>(List.of(whole.output()));
    expected.addAll(TensorTree.flatten(whole.state()));
    List<Tensor> actual = new ArrayList<>(List.of(Tensor.cat(outputs, 0)));
    actual.addAll(TensorTree.flatten(state));
    assertClose(expected, actual, 1e-11);
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void aSessionGivesWhatTheSequenceGives(Row<S, C> row) {
    var subject = subject(row);
    Tensor x = random(T, B, subject.inputSize());
    SequenceOutput<S> whole = Recurrent.forward(subject.cell()).forward(x);
    var session = StreamingSession.of(subject.cell(), subject.inputSize(), B);
    assertEquals(Optional.empty(), session.refusal());
    List<Tensor> outputs = new ArrayList<>();
    for (int t = 0; t < T; t++) {
      outputs.add(session.step(x.select(0, t)));
    }
    List<Tensor> expected = new ArrayList<>(List.of(whole.output()));
    expected.addAll(TensorTree.flatten(whole.state()));
    List<Tensor> actual = new ArrayList<>(List.of(Tensor.stack(outputs, 0)));
    actual.addAll(TensorTree.flatten(session.state()));
    assertClose(expected, actual, 1e-11);
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void oneStepOfOneSequenceIsAStep(Row<S, C> row) {
    var subject = subject(row);
    Tensor x = random(1, 1, subject.inputSize());
    S initial = subject.cell().initialState(1);
    var layer = Recurrent.forward(subject.cell()).forward(x);
    List<Tensor> actual = new ArrayList<>(List.of(layer.output().select(0, 0)));
    actual.addAll(TensorTree.flatten(layer.state()));
    assertClose(flatten(subject.cell().step(x.select(0, 0), initial)), actual, 1e-12);
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void aSavedCellComesBack(
      Row<S, C> row, @TempDir Path folder) throws IOException {
    C saved = row.maker().apply(generator);
    SafeTensorsWriter writer = new SafeTensorsWriter();
    saved.parameters().forEach((name, p) -> writer.tensor(name, p.value()));
    writer.write(folder.resolve("cell.safetensors"));
    C loaded = row.maker().apply(generator);
    try (SafeTensorsFile file = SafeTensorsFile.open(folder.resolve("cell.safetensors"))) {
      loaded.load(file.tensors());
    }
    int inputSize = saved instanceof SizedCell<?> sized ? sized.inputSize() : CellTable.I;
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(T, B, inputSize), 0, 1);
    assertClose(
        List.of(Recurrent.forward(saved).forward(x).output()),
        List.of(Recurrent.forward(loaded).forward(x).output()),
        0);
  }

  @ParameterizedTest
  @MethodSource("cells")
  <S, C extends Layer & RecurrentCell<S>> void anyCellCanLearnWhereItStarts(Row<S, C> row) {
    var subject = subject(row);
    S start = reached(subject, 1);
    var learned = new LearnedInitialStateCell<>(subject.cell());
    Map<String, Tensor> values = new LinkedHashMap<>();
    TensorTree.flatten(start).forEach(part -> values.put("initial_" + values.size(), part));
    Tensor x = random(T, B, subject.inputSize());
    S repeated = TensorTree.map(start, part -> Tensor.cat(List.of(part, part), 0));
    var expected = Recurrent.forward(subject.cell()).forward(x, repeated);
    var actual = learned.withValues(values, () -> Recurrent.forward(learned).forward(x));
    assertClose(List.of(expected.output()), List.of(actual.output()), 1e-11);
    List<Tensor> starts = TensorTree.flatten(learned.initialState(1));
    assertTrue(
        gradients(Recurrent.forward(learned).forward(x).output().sum(), learned.values()).stream()
            .limit(starts.size())
            .anyMatch(gradient -> gradient.abs().max().item() > 0),
        "no part of the state learns");
  }

  // ---- all steps at once ----

  static List<Row<?, ?>> parallelCells() {
    return CellTable.rows().stream()
        .filter(row -> row.maker().apply(new Generator(0)) instanceof ParallelCell<?>)
        .toList();
  }

  @Test
  void theLinearRecurrencesAreParallel() {
    Set<Class<?>> found =
        parallelCells().stream()
            .map(row -> row.maker().apply(generator).getClass())
            .collect(Collectors.toSet());
    assertEquals(
        Set.of(
            MinGruCell.class,
            MinLstmCell.class,
            LinearSruCell.class,
            QrnnCell.class,
            RealLruCell.class,
            LruCell.class,
            DiagonalStateSpaceCell.class),
        found);
  }

  @ParameterizedTest
  @MethodSource("parallelCells")
  <S, C extends Layer & ParallelCell<S>> void allStepsAtOnceAreTheStepsOneAfterTheOther(
      Row<S, C> row) {
    var subject = subject(row);
    Tensor x = random(T, B, subject.inputSize()).leaf();
    S initial = TensorTree.map(reached(subject, B), Tensor::leaf);
    C cell = subject.cell();
    Lengths ragged = Lengths.of(2, 4);
    for (Lengths lengths : new Lengths[] {null, ragged}) {
      for (boolean reverse : new boolean[] {false, true}) {
        List<SequenceLayer<S>> layers =
            reverse
                ? List.of(Recurrent.backward(cell), ParallelRecurrent.backward(cell))
                : List.of(Recurrent.forward(cell), ParallelRecurrent.forward(cell));
        List<List<Tensor>> all = new ArrayList<>();
        for (SequenceLayer<S> layer : layers) {
          var result = layer.forward(x, lengths, initial);
          List<Tensor> values = new ArrayList<>(List.of(result.output()));
          values.addAll(TensorTree.flatten(result.state()));
          List<Tensor> wrt = new ArrayList<>(List.of(x));
          wrt.addAll(TensorTree.flatten(initial));
          wrt.addAll(cell.values());
          values.addAll(gradients(loss(result), wrt));
          all.add(values);
        }
        assertClose(all.get(0), all.get(1), 1e-10);
      }
    }
  }
}
