package org.tapeloop.nn.wrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Stacked;
import org.tapeloop.nn.Step;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.attention.ConcatAttention;
import org.tapeloop.nn.attention.CoverageAttention;
import org.tapeloop.nn.attention.DecoderAttention;
import org.tapeloop.nn.attention.DotAttention;
import org.tapeloop.nn.attention.GeneralAttention;
import org.tapeloop.nn.attention.MultiHeadAttention;
import org.tapeloop.nn.cell.ConvLstmCell;
import org.tapeloop.nn.cell.MatrixLstmCell;
import org.tapeloop.nn.cell.NasCell;
import org.tapeloop.nn.seq2seq.AttentionCell;

/** What holds for every wrapper, around cells of different kinds. */
class WrapperTest {
  private static final int T = 4;
  private static final int B = 2;
  private static final int N = 3;

  private static final List<Row<?, ?>> ROWS = new ArrayList<>();

  /**
   * A wrapped cell of N inputs.
   *
   * @param around what a run of it stands in: a scope of the wrapper's own
   */
  private record Row<S, C extends Layer & RecurrentCell<S>>(
      String name, Function<Generator, C> maker, Around around) {

    C create(Generator generator) {
      C cell = maker.apply(generator);
      cell.to(DType.F64);
      return cell;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Runs something on a cell in the scope that it needs. */
  private interface Around {
    <R> R run(RecurrentCell<?> cell, Supplier<R> body);
  }

  private static final Around NOTHING =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return body.get();
        }
      };

  private static final Tensor MEMORY =
      Tensor.normal(new Generator(3).next(), DType.F64, Shape.of(5, B, 2), 0, 1).leaf();

  private static final Around OVER_MEMORY =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return ((AttentiveCell<?>) cell).over(MEMORY, Lengths.of(5, 2), body);
        }
      };

  private static final Around READING_MEMORY =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return ((AttentionCell<?>) cell).over(MEMORY, Lengths.of(5, 2), body);
        }
      };

  private static final Around WITH_RESETS =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return ((ResettableCell<?>) cell).resetting(resets(), body);
        }
      };

  private static Tensor resets() {
    return Tensor.ofDoubles(Shape.of(T, B), 0, 0, 1, 0, 0, 0, 0, 1);
  }

  private static <S, C extends Layer & RecurrentCell<S>> void row(
      String name, Function<Generator, C> maker) {
    ROWS.add(new Row<>(name, maker, NOTHING));
  }

  private static <S, C extends Layer & RecurrentCell<S>> void row(
      String name, Function<Generator, C> maker, Around around) {
    ROWS.add(new Row<>(name, maker, around));
  }

  private static <A extends Layer & DecoderAttention> void reading(
      String name, Function<Generator, A> attention) {
    row(
        "reading by " + name,
        g ->
            new AttentionCell<>(
                new LstmCell(N + 2, 2, g),
                2,
                attention.apply(g),
                2,
                AttentionCell.Feeding.INPUT,
                g),
        READING_MEMORY);
  }

  static {
    List<String> recurrent = List.of("weight_hh");
    row("residual gru", g -> new ResidualCell<>(new GruCell(N, N, g)));
    row("highway lstm", g -> new HighwayCell<>(new LstmCell(N, N, g), N, g));
    row("zoneout lstm", g -> new ZoneoutCell<>(new LstmCell(N, N, g), new double[] {0.2, 0.5}, g));
    row("zoneout elman", g -> new ZoneoutCell<>(new ElmanCell(N, N, g), new double[] {0.4}, g));
    row(
        "zoneout mlstm",
        g -> new ZoneoutCell<>(new MatrixLstmCell(N, 2, g), new double[] {0.4}, g));
    row("variational", g -> new VariationalDropoutCell<>(new LstmCell(N, N, g), 0.3, 0.4, g));
    row("recurrent dropout", g -> new RecurrentDropoutCell<>(new LstmCell(N, N, g), 0.3, g));
    row(
        "weight drop",
        g -> new WeightDropCell<LstmState>(new LstmCell(N, N, g), recurrent, 0.5, g));
    row("weight norm", g -> new WeightNormCell<Tensor>(new GruCell(N, N, g), recurrent));
    row("output norm", g -> new OutputNormCell<>(new LstmCell(N, N, g), N));
    row("clipped", g -> new ClippedStateCell<>(new LstmCell(N, N, g), 0.2));
    row("clipped gates", g -> new ClippedGatesCell<>(new LstmCell(N, N, g), 0.4));
    row("clipped gates nas", g -> new ClippedGatesCell<>(new NasCell(N, N, g), 0.3));
    row("learned start", g -> new LearnedInitialStateCell<>(new LstmCell(N, N, g)));
    row("resettable", g -> new ResettableCell<>(new LstmCell(N, N, g)), WITH_RESETS);
    row("attentive", g -> new AttentiveCell<>(new LstmCell(N + 2, N, g), N, 2, 4, g), OVER_MEMORY);
    reading("dot", g -> new DotAttention());
    reading("scaled dot", g -> DotAttention.scaled());
    reading("general", g -> new GeneralAttention(2, 2, g));
    reading("concat", g -> new ConcatAttention(2, 2, 3, g));
    reading("additive", g -> new AdditiveAttention(2, 2, 3, g));
    reading("coverage", g -> new CoverageAttention(2, 2, 3, g));
    reading("multi-head", g -> new MultiHeadAttention(2, 2, g));
    row(
        "reading without feeding",
        g ->
            new AttentionCell<>(
                new LstmCell(N, 2, g), 2, new DotAttention(), 2, AttentionCell.Feeding.NONE, g),
        READING_MEMORY);
    row("stacked", g -> new StackedCell<>(List.of(new LstmCell(N, 2, g), new LstmCell(2, N, g))));
    row(
        "fast-slow",
        g ->
            new FastSlowCell<>(
                List.of(new LstmCell(N, N, g), new LstmCell(4, N, g), new LstmCell(4, N, g)),
                new GruCell(N, 4, g)));
    row(
        "hierarchical",
        g -> new HierarchicalCell<>(new LstmCell(N + 4, N, g), new GruCell(N, 4, g), 4, 2));
    row(
        "everything at once",
        g ->
            new ResidualCell<>(
                new ZoneoutCell<>(
                    new VariationalDropoutCell<>(
                        new LearnedInitialStateCell<>(
                            new WeightDropCell<LstmState>(
                                new ConvLstmCell(1, 1, N, 3, g), recurrent, 0.3, g)),
                        0.2,
                        0.2,
                        g),
                    new double[] {0.1},
                    g)));
  }

  private final Generator generator = new Generator(9);

  static List<Row<?, ?>> wrappers() {
    return ROWS;
  }

  private Tensor random(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 1);
  }

  private static List<Tensor> flatten(SequenceOutput<?> result) {
    List<Tensor> all = new ArrayList<>(List.of(result.output()));
    all.addAll(TensorTree.flatten(result.state()));
    return all;
  }

  private static void assertClose(List<Tensor> expected, List<Tensor> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).shape(), actual.get(i).shape());
      double error = expected.get(i).sub(actual.get(i)).abs().max().item();
      assertTrue(error <= 1e-10, "result " + i + ": error " + error);
    }
  }

  /** The same masks each time: from the state of a generator that is given again. */
  private <S, C extends Layer & RecurrentCell<S>> SequenceOutput<S> run(
      Row<S, C> row, C cell, Generator masks, ScanMode mode, Tensor x) {
    masks.seek(1000);
    return row.around().run(cell, () -> Recurrent.forward(cell).in(mode).forward(x));
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void compiledEqualsEager(Row<S, C> row) {
    Generator masks = new Generator(21);
    C cell = row.create(masks);
    for (boolean training : new boolean[] {true, false}) {
      if (training) {
        cell.train();
      } else {
        cell.eval();
      }
      Tensor x = random(T, B, N).leaf();
      List<List<Tensor>> all = new ArrayList<>();
      for (ScanMode mode : List.of(ScanMode.EAGER, ScanMode.COMPILED)) {
        SequenceOutput<S> result = run(row, cell, masks, mode, x);
        List<Tensor> values = flatten(result);
        Tensor loss = result.output().sin().sum();
        for (Tensor state : TensorTree.flatten(result.state())) {
          loss = loss.add(state.square().sum());
        }
        List<Tensor> wrt = new ArrayList<>(List.of(x));
        wrt.addAll(cell.values());
        Map<Tensor, Tensor> gradients = loss.gradients(wrt);
        wrt.forEach(t -> values.add(gradients.get(t)));
        all.add(values);
      }
      assertClose(all.get(0), all.get(1));
    }
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void derivativesAreThoseOfDifferences(Row<S, C> row) {
    Generator masks = new Generator(22);
    C cell = row.create(masks);
    List<String> names = List.copyOf(cell.parameters().keySet());
    List<Tensor> at = new ArrayList<>(List.of(random(2, B, N)));
    cell.parameters().values().forEach(p -> at.add(p.value()));
    int steps = row.name().equals("resettable") ? T : 2;
    at.set(0, random(steps, B, N));
    GradCheck.DEFAULTS
        .withTolerance(1e-5)
        .verify(
            in -> {
              Map<String, Tensor> values = new HashMap<>();
              for (int k = 0; k < names.size(); k++) {
                values.put(names.get(k), in[k + 1]);
              }
              return cell.withValues(
                  values, () -> run(row, cell, masks, ScanMode.AUTO, in[0]).output());
            },
            at.toArray(Tensor[]::new));
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void everyParameterGetsAGradient(Row<S, C> row) {
    Generator masks = new Generator(23);
    C cell = row.create(masks);
    Tensor output = run(row, cell, masks, ScanMode.AUTO, random(T, B, N)).output();
    Map<Tensor, Tensor> gradients =
        output.mul(random(output.shape().extents())).sum().gradients(cell.values());
    cell.parameters()
        .forEach(
            (name, p) -> {
              Tensor gradient = gradients.get(p.value());
              assertTrue(gradient != null && gradient.abs().max().item() > 0, name);
            });
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void evaluationGivesTheSameEachTimeInEitherDirection(
      Row<S, C> row) {
    C cell = row.create(new Generator(24));
    cell.eval();
    Tensor x = random(T, B, N);
    for (Recurrent<S> layer : List.of(Recurrent.forward(cell), Recurrent.backward(cell))) {
      assertClose(
          row.around().run(cell, () -> flatten(layer.forward(x))),
          row.around().run(cell, () -> flatten(layer.forward(x))));
    }
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void paddingChangesNothing(Row<S, C> row) {
    Generator masks = new Generator(25);
    C cell = row.create(masks);
    cell.eval();
    Tensor x = random(T, B, N);
    Tensor longer = Tensor.cat(List.of(x.narrow(0, 0, 3), random(1, B, N)), 0);
    Recurrent<S> layer = Recurrent.forward(cell);
    Lengths lengths = Lengths.of(3, 3);
    assertClose(
        row.around().run(cell, () -> flatten(layer.forward(x, lengths, null))),
        row.around().run(cell, () -> flatten(layer.forward(longer, lengths, null))));
  }

  // ---- what each is for ----

  @Test
  void oneMaskHoldsForAllStepsOfASequence() {
    var cell = new VariationalDropoutCell<>(new IdentityCell(8), 0.5, 0, generator);
    Tensor out = Recurrent.forward(cell).forward(Tensor.ones(6, 4, 8)).output();
    for (int t = 1; t < 6; t++) {
      assertEquals(0, out.select(0, t).sub(out.select(0, 0)).abs().max().item());
    }
    double dropped = out.select(0, 0).eq(0).sum().item();
    assertTrue(dropped > 4 && dropped < 28, "dropped " + dropped + " of 32");
    Tensor again = Recurrent.forward(cell).forward(Tensor.ones(6, 4, 8)).output();
    assertTrue(again.sub(out).abs().max().item() > 0, "another sequence, another mask");
  }

  @Test
  void zoneoutKeepsEachElementWithItsProbability() {
    var cell = new ZoneoutCell<>(new IdentityCell(400), new double[] {0.25}, generator);
    Tensor x = Tensor.arange(50).add(1).reshape(50, 1, 1).expand(50, 1, 400).contiguous();
    Tensor out = Recurrent.forward(cell).forward(x).output();
    double kept = out.ne(x).sum().item() / x.size();
    assertTrue(Math.abs(kept - 0.25) < 0.02, "kept " + kept);
    cell.eval();
    Tensor mean = Recurrent.forward(cell).forward(Tensor.ones(1, 1, 400)).output();
    assertEquals(0.75, mean.max().item(), 1e-6);
  }

  @Test
  void aDroppedWeightIsTheSameAtAllStepsAndWholeInEvaluation() {
    var inner = new ElmanCell(1, 2, generator);
    inner.parameters().forEach((name, p) -> p.set(p.value().onesLike()));
    var cell = new WeightDropCell<Tensor>(inner, List.of("weight_hh"), 0.5, generator);
    Set<Double> seen = new TreeSet<>();
    for (int run = 0; run < 20; run++) {
      Tensor next =
          cell.step(Tensor.zeros(1, 1), Tensor.full(DType.F32, Shape.of(1, 2), 0.1)).output();
      seen.add((double) Math.round(next.get(0, 0) * 1e4));
    }
    // tanh(2 + k 0.2) for k = 0, 1, 2 kept weights.
    assertEquals(3, seen.size(), seen.toString());
    cell.eval();
    Tensor state = Tensor.full(DType.F32, Shape.of(1, 2), 0.1);
    Tensor x = Tensor.zeros(1, 1);
    assertEquals(inner.step(x, state).output().get(0, 0), cell.step(x, state).output().get(0, 0));
  }

  @Test
  void normalisedRowsHaveTheLengthsOfTheirParameter() {
    var inner = new ElmanCell(2, 3, generator);
    var cell = new WeightNormCell<Tensor>(inner, List.of("weight_hh"));
    Tensor x = Tensor.ones(4, 2, 2);
    Tensor before = Recurrent.forward(inner).forward(x).output();
    assertTrue(Recurrent.forward(cell).forward(x).output().sub(before).abs().max().item() < 1e-6);
    var weight = inner.parameters().get("weight_hh");
    weight.set(weight.value().mul(7));
    assertTrue(
        Recurrent.forward(cell).forward(x).output().sub(before).abs().max().item() < 1e-6,
        "the length of v does not count");
  }

  @Test
  void anInputOfOneFeatureDoesNotStretchToTheOutput() {
    Tensor x = Tensor.ones(2, 2, 1);
    GruCell wider = new GruCell(1, 3, generator);
    for (RecurrentCell<Tensor> cell :
        List.of(new ResidualCell<>(wider), new HighwayCell<>(wider, 1, generator))) {
      var e =
          assertThrows(IllegalArgumentException.class, () -> Recurrent.forward(cell).forward(x));
      assertTrue(
          String.valueOf(e.getMessage()).contains("output [2, 3] and input [2, 1] differ"),
          e.getMessage());
    }
  }

  @Test
  void onlyMatricesOfTheCellItselfAreNormalised() {
    var vector =
        assertThrows(
            IllegalArgumentException.class,
            () -> new WeightNormCell<>(new GruCell(2, 3, generator), List.of("bias_ih")));
    assertEquals(
        "WeightNormCell: 'bias_ih' [9] has no rows [out, in] to normalise", vector.getMessage());
    var lower = new GruCell(2 + 3, 3, generator);
    var both = new HierarchicalCell<>(lower, new GruCell(3, 3, generator), 3, 2);
    var part =
        assertThrows(
            IllegalArgumentException.class,
            () -> new WeightNormCell<>(both, List.of("lower.weight_hh")));
    assertEquals(
        "WeightNormCell: 'lower.weight_hh' is a part's; put the WeightNormCell around that part",
        part.getMessage());
  }

  @Test
  void aResetSequenceGoesOnAsIfItBeganThere() {
    var cell = new ResettableCell<>(new GruCell(N, N, generator));
    Recurrent<Tensor> layer = Recurrent.forward(cell);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(T, 1, N), 0, 1);
    Tensor at = Tensor.of(Shape.of(T, 1), 0, 0, 1, 0);
    Tensor whole = cell.resetting(at, () -> layer.forward(x).output());
    Tensor rest = layer.forward(x.narrow(0, 2, 2)).output();
    assertTrue(whole.narrow(0, 2, 2).sub(rest).abs().max().item() < 1e-6);
    Tensor back = cell.resetting(at, () -> Recurrent.backward(cell).forward(x).output());
    Tensor start = Recurrent.backward(cell).forward(x.narrow(0, 0, 3)).output();
    assertTrue(back.narrow(0, 0, 3).sub(start).abs().max().item() < 1e-6, "backward");
  }

  @Test
  void clippedStatesStayInBounds() {
    var cell = new ClippedStateCell<>(new LstmCell(N, N, generator), 0.05);
    var result = Recurrent.forward(cell).forward(Tensor.ones(T, B, N).mul(5));
    for (Tensor t : flatten(result)) {
      assertTrue(t.abs().max().item() <= 0.05f);
    }
  }

  @Test
  void clippedGatesAreThoseOfTheEquations() {
    double bound = 0.3;
    var inner = new GruCell(N, N, generator);
    inner.to(DType.F64);
    Tensor x = random(B, N);
    Tensor h = random(B, N);
    UnaryOperator<Tensor> clip = z -> z.clamp(-bound, bound);
    Map<String, Parameter> p = inner.parameters();
    var a = x.affine(value(p, "weight_ih"), value(p, "bias_ih")).chunk(3);
    var u = h.affine(value(p, "weight_hh"), value(p, "bias_hh")).chunk(3);
    Tensor r = clip.apply(a.get(0).add(u.get(0))).sigmoid();
    Tensor z = clip.apply(a.get(1).add(u.get(1))).sigmoid();
    Tensor n = clip.apply(a.get(2).add(r.mul(u.get(2)))).tanh();
    Tensor expected = z.rsub(1).mul(n).add(z.mul(h));
    Tensor actual = new ClippedGatesCell<>(inner, bound).step(x, h).output();
    assertTrue(actual.sub(expected).abs().max().item() < 1e-12);
    assertTrue(actual.sub(inner.step(x, h).output()).abs().max().item() > 1e-3, "it clips");
  }

  private static Tensor value(Map<String, Parameter> parameters, String name) {
    return parameters.get(name).value();
  }

  @Test
  void theUpperCellOfAHierarchyStepsAtItsOwnRate() {
    var cell =
        new HierarchicalCell<>(
            new GruCell(N + 2, N, generator), new GruCell(N, 2, generator), 2, 3);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(7, 1, N), 0, 1);
    Tensor above = Recurrent.forward(cell).forward(x).output().narrow(2, N, 2);
    for (int t = 1; t < 7; t++) {
      double change = above.select(0, t).sub(above.select(0, t - 1)).abs().max().item();
      assertEquals(t % 3 == 0, change > 0, "step " + t);
    }
  }

  @Test
  void cellsInAStackGiveWhatLayersInAStackGive() {
    List<LstmCell> cells = List.of(new LstmCell(N, 4, generator), new LstmCell(4, N, generator));
    StackedCell<LstmState> cell = new StackedCell<>(cells);
    Stacked<LstmState> layers = Stacked.of(cells.stream().map(Recurrent::forward).toList());
    assertEquals(layers.parameters().keySet(), cell.parameters().keySet());
    cell.to(DType.F64);
    Tensor x = random(T, B, N);
    Lengths lengths = Lengths.of(T, 2);
    assertClose(
        flatten(layers.forward(x, lengths, null)),
        flatten(Recurrent.forward(cell).forward(x, lengths, null)));
  }

  @Test
  void gradientsFlowIntoTheMemory() {
    var cell = new AttentiveCell<>(new GruCell(N + 2, N, generator), N, 2, 4, generator);
    Tensor memory = Tensor.normal(generator.next(), DType.F32, Shape.of(5, B, 2), 0, 1).leaf();
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(T, B, N), 0, 1);
    Tensor out =
        cell.over(memory, Lengths.of(5, 2), () -> Recurrent.forward(cell).forward(x).output());
    Tensor gradient = out.square().sum().gradients(memory).get(memory);
    assertTrue(gradient.narrow(0, 0, 2).abs().max().item() > 0);
    assertEquals(0, gradient.narrow(0, 2, 3).narrow(1, 1, 1).abs().max().item(), "padding");
    assertThrows(IllegalStateException.class, () -> Recurrent.forward(cell).forward(x));
  }

  @Test
  void whatStandsInThePaddingOfAMemoryReachesNothing() {
    var cell = new AttentiveCell<>(new GruCell(N + 2, N, generator), N, 2, 4, generator);
    Tensor memory = Tensor.normal(generator.next(), DType.F32, Shape.of(5, B, 2), 0, 1);
    Tensor inside = Lengths.of(5, 2).mask(DType.F32, 5);
    Tensor spoilt = inside.where(memory, Tensor.full(DType.F32, Shape.of(1, 1, 1), Double.NaN));
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(T, B, N), 0, 1);
    List<Tensor> results = new ArrayList<>();
    for (Tensor each : List.of(memory, spoilt)) {
      Tensor out =
          cell.over(each, Lengths.of(5, 2), () -> Recurrent.forward(cell).forward(x).output());
      var gradients = out.square().sum().gradients(cell.values());
      results.add(out);
      cell.values().forEach(value -> results.add(Objects.requireNonNull(gradients.get(value))));
    }
    int half = results.size() / 2;
    assertClose(results.subList(0, half), results.subList(half, 2 * half));
    assertThrows(
        IllegalArgumentException.class, () -> cell.over(memory, Lengths.of(6, 2), () -> x));
  }

  /** Puts out and keeps its input. */
  private record IdentityCell(int size) implements RecurrentCell<Tensor> {
    @Override
    public Tensor initialState(int batch) {
      return Tensor.zeros(batch, size);
    }

    @Override
    public Step<Tensor> step(Tensor x, Tensor state) {
      return new Step<>(x, x);
    }
  }

  // ---- the table ----

  @Test
  void everyWrapperIsInTheTable() throws IOException, URISyntaxException, ClassNotFoundException {
    Path root =
        Path.of(ResidualCell.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String name = ResidualCell.class.getPackageName();
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.list(root.resolve(name.replace('.', '/')))) {
      for (Path file : files.toList()) {
        String simple = file.getFileName().toString().replace(".class", "");
        if (!simple.contains("$") && !simple.equals("package-info")) {
          Class<?> type = Class.forName(name + "." + simple);
          if (RecurrentCell.class.isAssignableFrom(type)
              && !Modifier.isAbstract(type.getModifiers())) {
            found.add(simple);
          }
        }
      }
    }
    assertTrue(found.size() >= 14, found.toString());
    Set<String> tested =
        ROWS.stream().map(row -> wrapper(row)).collect(Collectors.toCollection(TreeSet::new));
    found.removeAll(tested);
    assertTrue(found.isEmpty(), "not in the table: " + found);
  }

  private static String wrapper(Row<?, ?> row) {
    return row.maker().apply(new Generator(0)).getClass().getSimpleName();
  }
}
