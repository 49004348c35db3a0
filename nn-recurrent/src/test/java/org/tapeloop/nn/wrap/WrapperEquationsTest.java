package org.tapeloop.nn.wrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Step;

/** A step of a wrapper is a step of its cell and the wrapper's equations, here in plain loops. */
class WrapperEquationsTest {
  private static final int B = 2;
  private static final int N = 3;

  private final Generator generator = new Generator(23);
  private final LstmCell lstm = inDoubles(new LstmCell(N, N, generator));
  private final Tensor x = random(B, N);
  private final LstmState state = new LstmState(random(B, N), random(B, N));
  private final Step<LstmState> bare = lstm.step(x, state);

  private Tensor random(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 1);
  }

  private static <L extends Layer> L inDoubles(L layer) {
    layer.to(DType.F64);
    return layer;
  }

  /** The layer with values that are no constants. */
  private <L extends Layer> L drawn(L layer) {
    layer.parameters().forEach((name, p) -> p.set(random(p.shape().extents())));
    return layer;
  }

  private static Tensor value(Layer layer, String name) {
    return layer.parameters().get(name).value();
  }

  private static double sigmoid(double v) {
    return 1 / (1 + Math.exp(-v));
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    assertEquals(0, expected.sub(actual).abs().max().item(), 1e-14);
  }

  @Test
  void aResidualAddsTheInput() {
    Step<LstmState> step = new ResidualCell<>(lstm).step(x, state);
    for (int b = 0; b < B; b++) {
      for (int j = 0; j < N; j++) {
        assertEquals(bare.output().get(b, j) + x.get(b, j), step.output().get(b, j), 1e-14);
      }
    }
    assertSame(bare.state().c(), step.state().c());
  }

  @Test
  void aHighwayWeighsOutputAndInputByItsGate() {
    var highway = inDoubles(new HighwayCell<>(lstm, N, generator));
    Tensor weight = value(highway, "highway.weight");
    Step<LstmState> step = highway.step(x, state);
    for (int b = 0; b < B; b++) {
      for (int j = 0; j < N; j++) {
        double z = -1;
        for (int k = 0; k < N; k++) {
          z += weight.get(j, k) * x.get(b, k);
        }
        double t = sigmoid(z);
        double expected = t * bare.output().get(b, j) + (1 - t) * x.get(b, j);
        assertEquals(expected, step.output().get(b, j), 1e-14);
      }
    }
    assertSame(bare.state().h(), step.state().h());
  }

  @Test
  void outputsAreNormalisedAndStatesAreNot() {
    var normed = inDoubles(new OutputNormCell<>(lstm, N));
    normed.parameters().get("norm.weight").set(random(N));
    normed.parameters().get("norm.bias").set(random(N));
    Step<LstmState> step = normed.step(x, state);
    for (int b = 0; b < B; b++) {
      double mean = 0;
      double square = 0;
      for (int j = 0; j < N; j++) {
        mean += bare.output().get(b, j) / N;
        square += bare.output().get(b, j) * bare.output().get(b, j) / N;
      }
      double deviation = Math.sqrt(square - mean * mean + 1e-5);
      for (int j = 0; j < N; j++) {
        double expected =
            (bare.output().get(b, j) - mean) / deviation * value(normed, "norm.weight").get(j)
                + value(normed, "norm.bias").get(j);
        assertEquals(expected, step.output().get(b, j), 1e-12);
      }
    }
    assertSame(bare.state().h(), step.state().h());
  }

  /** A cell that gives out the state that it sees, and goes on from ones. */
  private static final class Showing extends Layer implements RecurrentCell<Tensor> {
    @Override
    public Tensor initialState(int batch) {
      return Tensor.ones(batch, 40);
    }

    @Override
    public Step<Tensor> step(Tensor x, Tensor h) {
      return new Step<>(h, h.mul(0).add(1));
    }
  }

  @Test
  void theStateIsDroppedByOneMaskAndScaled() {
    var cell = new RecurrentDropoutCell<>(new Showing(), 0.5, generator);
    Tensor x = Tensor.zeros(5, B, 1);
    Tensor seen = Recurrent.forward(cell).forward(x).output();
    Tensor first = seen.select(0, 0);
    assertSame(first.eq(0).add(first.eq(2)), first.onesLike());
    double dropped = first.eq(0).mean().item();
    assertTrue(Math.abs(dropped - 0.5) < 0.25, "dropped " + dropped);
    for (int t = 1; t < 5; t++) {
      assertSame(first, seen.select(0, t));
    }
    cell.eval();
    assertSame(first.onesLike(), Recurrent.forward(cell).forward(x).output().select(0, 3));
  }

  @Test
  void fastCellsTakeTurnsAroundTheSlowOne() {
    LstmCell second = inDoubles(new LstmCell(2, N, generator));
    LstmCell third = inDoubles(new LstmCell(2, N, generator));
    GruCell slow = inDoubles(new GruCell(N, 2, generator));
    Tensor s = random(B, 2);
    var step =
        new FastSlowCell<>(List.of(lstm, second, third), slow)
            .step(x, new FastSlowCell.State<>(state, s));
    Step<Tensor> between = slow.step(bare.output(), s);
    Step<LstmState> turn = second.step(between.output(), bare.state());
    turn = third.step(between.output(), turn.state());
    assertSame(turn.output(), step.output());
    assertSame(turn.state().c(), step.state().fast().c());
    assertSame(between.state(), step.state().slow());
  }

  @Test
  void whatIsReadIsTheMeanOfTheMemoryWeighedByItsFit() {
    int places = 4;
    int[] lengths = {4, 2};
    ElmanCell inner = inDoubles(new ElmanCell(N + 2, N, generator));
    var attentive = drawn(inDoubles(new AttentiveCell<>(inner, N, 2, 5, generator)));
    Tensor memory = random(places, B, 2);
    Tensor h = random(B, N);
    Tensor read = random(B, 2);
    var step =
        attentive.over(
            memory,
            Lengths.of(lengths),
            () -> attentive.step(x, new AttentiveCell.State<>(h, read)));
    Tensor y = inner.step(Tensor.cat(List.of(x, read), 1), h).output();
    Tensor query = value(attentive, "query.weight");
    Tensor key = value(attentive, "key.weight");
    for (int b = 0; b < B; b++) {
      double total = 0;
      double[] expected = new double[2];
      for (int n = 0; n < lengths[b]; n++) {
        double score = 0;
        for (int a = 0; a < 5; a++) {
          double q = 0;
          for (int j = 0; j < N; j++) {
            q += query.get(a, j) * y.get(b, j);
          }
          double k = key.get(a, 0) * memory.get(n, b, 0) + key.get(a, 1) * memory.get(n, b, 1);
          score += q * k;
        }
        double weight = Math.exp(score / Math.sqrt(5));
        total += weight;
        expected[0] += weight * memory.get(n, b, 0);
        expected[1] += weight * memory.get(n, b, 1);
      }
      for (int m = 0; m < 2; m++) {
        assertEquals(expected[m] / total, step.state().read().get(b, m), 1e-12);
        assertEquals(expected[m] / total, step.output().get(b, N + m), 1e-12);
      }
      for (int j = 0; j < N; j++) {
        assertEquals(y.get(b, j), step.output().get(b, j), 1e-14);
      }
    }
  }
}
