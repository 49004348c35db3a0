package org.tapeloop.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class LbfgsTest {
  private final Weights weights =
      new Weights(Map.of("w", Tensor.ofDoubles(-1.2, 1), "b", Tensor.ofDoubles(2)));

  /** Rosenbrock's banana, and a parabola. */
  private static Tensor banana(Weights at) {
    Tensor x = at.get("w").value();
    Tensor head = x.narrow(0, 0, 1);
    Tensor valley = x.narrow(0, 1, 1).sub(head.square()).square().mul(100);
    Tensor b = at.get("b").value();
    return valley.add(head.rsub(1).square()).sum().add(b.sub(3).square().sum());
  }

  @Test
  void findsTheMinimumOfTheBanana() {
    Lbfgs optimizer = new Lbfgs(weights.parameters()).tolerances(1e-9, 1e-15);
    for (int i = 0; i < 10; i++) {
      optimizer.step(() -> banana(weights));
    }
    assertArrayEquals(new double[] {1, 1}, weights.get("w").value().toDoubleArray(), 1e-6);
    assertEquals(3, weights.get("b").value().item(), 1e-6);
  }

  @Test
  void theLossNeverRisesFromCallToCall() {
    Lbfgs optimizer = new Lbfgs(weights.parameters()).limits(3, 6).history(2);
    double before = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 30; i++) {
      double loss = optimizer.step(() -> banana(weights));
      assertTrue(loss <= before, "call %d: %s after %s".formatted(i, loss, before));
      before = loss;
    }
  }

  @Test
  void aQuadraticTakesAboutAsManyIterationsAsItHasDimensions() {
    Tensor scales = Tensor.ofDoubles(1, 30);
    int[] evaluations = {0};
    Lbfgs optimizer = new Lbfgs(Map.of("w", weights.get("w"))).limits(15, 40);
    optimizer.step(
        () -> {
          evaluations[0]++;
          return weights.get("w").value().square().mul(scales).sum();
        });
    assertTrue(weights.get("w").value().abs().max().item() <= 1e-4);
    assertTrue(evaluations[0] <= 20, "evaluations " + evaluations[0]);
  }

  @Test
  void stepsWithoutASearchAreAsLongAsTheLearningRateSays() {
    Weights one = new Weights(Map.of("w", Tensor.ofDoubles(4)));
    Lbfgs optimizer = new Lbfgs(one.parameters()).fixedSteps().learningRate(0.5).limits(1, 10);
    optimizer.step(() -> one.get("w").value().square().sum());
    // The first step is shortened to 1 / |g|_1 of the gradient, 8.
    assertEquals(4 - 0.5, one.get("w").value().item(), 1e-15);
    optimizer.step(() -> one.get("w").value().square().sum());
    // The second knows the curvature: half of Newton's step.
    assertEquals(3.5 / 2, one.get("w").value().item(), 1e-12);
  }

  @Test
  void aLossThatIsNoNumberFarOutShortensTheStep() {
    Weights one = new Weights(Map.of("w", Tensor.ofDoubles(0.5)));
    // The logarithm of a negative number: steps beyond -1 have no loss.
    Supplier<Tensor> loss =
        () -> {
          Tensor w = one.get("w").value();
          return w.sub(w.add(1).log()).mul(100).sum();
        };
    Lbfgs optimizer = new Lbfgs(one.parameters()).learningRate(100);
    optimizer.step(loss);
    assertEquals(0, one.get("w").value().item(), 1e-5);
  }

  @Test
  void parametersKeepTheirTypeAndFrozenOnesTheirValue() {
    Weights mixed =
        new Weights(Map.of("w", Tensor.of(-1f, 2f, 0.5f, 0f), "b", Tensor.ofDoubles(2)));
    mixed.get("b").freeze();
    Lbfgs optimizer = new Lbfgs(mixed.parameters());
    optimizer.step(() -> mixed.get("w").value().square().sum());
    assertEquals(DType.F32, mixed.get("w").value().dtype());
    assertTrue(mixed.get("w").value().abs().max().item() <= 1e-6);
    assertEquals(2, mixed.get("b").value().item());
  }

  @Test
  void aFreshOptimizerGoesOnFromTheStateBitForBit() {
    for (int calls = 0; calls < 4; calls++) {
      Lbfgs optimizer = new Lbfgs(weights.parameters()).limits(4, 9);
      for (int i = 0; i < calls; i++) {
        optimizer.step(() -> banana(weights));
      }
      Map<String, Tensor> values = new LinkedHashMap<>();
      weights.parameters().forEach((name, p) -> values.put(name, p.value()));
      Weights copy = new Weights(values);
      Lbfgs fresh = new Lbfgs(copy.parameters()).limits(4, 9);
      fresh.load(optimizer.state());
      for (int i = 0; i < 3; i++) {
        assertEquals(optimizer.step(() -> banana(weights)), fresh.step(() -> banana(copy)));
      }
      assertArrayEquals(
          weights.get("w").value().toDoubleArray(), copy.get("w").value().toDoubleArray());
    }
  }

  @Test
  void pairsBeyondASmallerHistoryAreForgotten() {
    Lbfgs optimizer = new Lbfgs(weights.parameters()).limits(6, 20);
    optimizer.step(() -> banana(weights));
    assertTrue(optimizer.state().get("old_stps").extent(0) > 2);
    Lbfgs shorter = new Lbfgs(weights.parameters()).history(2).limits(3, 9).tolerances(0, 0);
    shorter.load(optimizer.state());
    shorter.step(() -> banana(weights));
    assertEquals(2, shorter.state().get("old_stps").extent(0));
    assertEquals(2, shorter.state().get("old_dirs").extent(0));
  }

  @Test
  void stateThatDoesNotFitIsRefused() {
    Lbfgs optimizer = new Lbfgs(weights.parameters());
    optimizer.step(() -> banana(weights));
    Map<String, Tensor> bad = new LinkedHashMap<>(optimizer.state());
    bad.put("d", Tensor.zeros(DType.F64, Shape.of(5)));
    var e = assertThrows(IllegalArgumentException.class, () -> optimizer.load(bad));
    assertEquals("L-BFGS: the state's 'd' is no F64 vector of 3 weights", e.getMessage());
    bad.remove("n_iter");
    assertThrows(IllegalArgumentException.class, () -> optimizer.load(bad));
    assertThrows(IllegalArgumentException.class, () -> new Lbfgs(Map.of()));
    assertThrows(IllegalArgumentException.class, () -> optimizer.limits(0, 1));
  }

  @Test
  void randomQuadraticsAreSolved() {
    for (int seed = 0; seed < 10; seed++) {
      Tensor a = Tensor.normal(new RandomStream(seed, 0), DType.F64, Shape.of(6, 6), 0, 1);
      Tensor goal = Tensor.normal(new RandomStream(seed, 1), DType.F64, Shape.of(6), 0, 1);
      Weights x = new Weights(Map.of("x", Tensor.zeros(DType.F64, Shape.of(6))));
      Supplier<Tensor> loss =
          () -> {
            Tensor d = x.get("x").value().sub(goal);
            return a.matmul(d).square().sum().add(d.square().sum().mul(0.1));
          };
      Lbfgs optimizer = new Lbfgs(x.parameters()).limits(60, 150);
      optimizer.step(loss);
      double error = x.get("x").value().sub(goal).abs().max().item();
      assertTrue(error <= 1e-4, "seed %d: error %s".formatted(seed, error));
    }
  }
}
