package org.tapeloop.nn.wrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tapeloop.nn.wrap.WrapperTest.assertClose;
import static org.tapeloop.nn.wrap.WrapperTest.flatten;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Stacked;
import org.tapeloop.nn.Step;

/** What each wrapper is for. */
class WrapperPurposeTest {
  private static final int T = 4;
  private static final int B = 2;
  private static final int N = 3;

  private final Generator generator = new Generator(9);

  private Tensor random(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 1);
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
}
