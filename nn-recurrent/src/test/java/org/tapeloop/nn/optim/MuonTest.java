package org.tapeloop.nn.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class MuonTest {
  private static Tensor gradient(int rows, int columns) {
    return Tensor.normal(new RandomStream(4, 0), DType.F64, Shape.of(rows, columns), 0, 3);
  }

  private static Tensor stepOf(Tensor gradient, boolean matching) {
    Weights weights = new Weights(Map.of("w", Tensor.zeros(DType.F64, gradient.shape())));
    Muon muon = new Muon(weights.parameters(), 1);
    if (matching) {
      muon.matchingAdamW();
    }
    muon.step(weights.keyed(Map.of("w", gradient)));
    return weights.get("w").value().detach().neg();
  }

  @Test
  void aStepHasSingularValuesNearOneWhateverTheGradient() {
    Tensor step = stepOf(gradient(4, 7), false);
    Tensor gram = step.matmul(step.t());
    double diagonal = gram.sub(Tensor.eye(DType.F64, 4)).abs().max().item();
    // Five iterations with these coefficients leave singular values within about 0.3 of 1.
    assertTrue(diagonal <= 0.6, "diagonal " + diagonal);
    double same = step.sub(stepOf(gradient(4, 7).mul(1e6), false)).abs().max().item();
    assertTrue(same <= 1e-9, "difference " + same);
  }

  @Test
  void aTallWeightStepsAsItsTransposeScaled() {
    Tensor wide = stepOf(gradient(3, 12), false);
    Tensor tall = stepOf(gradient(3, 12).t(), false).t();
    assertTrue(wide.mul(2).sub(tall).abs().max().item() <= 1e-12);
    Tensor matching = stepOf(gradient(3, 12), true);
    assertTrue(wide.mul(0.2 * Math.sqrt(12)).sub(matching).abs().max().item() <= 1e-12);
  }

  @Test
  void eachIterationAppliesThePolynomialToTheSingularValues() {
    double[] values = {3, 0.5};
    for (int iterations = 0; iterations < 4; iterations++) {
      Weights weights = new Weights(Map.of("w", Tensor.zeros(DType.F64, Shape.of(2, 2))));
      Muon muon = new Muon(weights.parameters(), 1).iterations(iterations);
      muon.coefficients(1.5, -0.6, 0.2);
      Tensor diagonal = Tensor.ofDoubles(Shape.of(2, 2), values[0], 0, 0, values[1]);
      muon.step(weights.keyed(Map.of("w", diagonal)));
      Tensor step = weights.get("w").value();
      for (int i = 0; i < 2; i++) {
        double x = values[i] / Math.hypot(values[0], values[1]);
        for (int k = 0; k < iterations; k++) {
          x = 1.5 * x - 0.6 * Math.pow(x, 3) + 0.2 * Math.pow(x, 5);
        }
        assertEquals(-x, step.get(i, i), 1e-12);
        assertEquals(0, step.get(i, 1 - i), 1e-12);
      }
    }
  }

  @Test
  void aNormBelowEpsilonIsNotMadeOne() {
    Weights weights = new Weights(Map.of("w", Tensor.zeros(DType.F64, Shape.of(2, 2))));
    Muon muon = new Muon(weights.parameters(), 1).iterations(0).epsilon(0.5).momentum(0);
    muon.step(weights.keyed(Map.of("w", Tensor.eye(DType.F64, 2).mul(0.1))));
    assertEquals(-0.2, weights.get("w").value().get(0, 0), 1e-12);
  }

  @Test
  void aGradientOfZerosIsNoStep() {
    assertEquals(0, stepOf(Tensor.zeros(DType.F64, Shape.of(2, 3)), false).abs().max().item());
  }

  @Test
  void aStateIsRestoredBitForBit() {
    Weights weights = new Weights(Map.of("w", Tensor.ones(2, 3)));
    Muon muon = new Muon(weights.parameters(), 0.1);
    Tensor g = gradient(2, 3).to(DType.F32);
    muon.step(weights.keyed(Map.of("w", g)));
    Weights copy = new Weights(Map.of("w", weights.get("w").value()));
    Muon fresh = new Muon(copy.parameters(), 0.1);
    fresh.load(muon.state());
    muon.step(weights.keyed(Map.of("w", g.square())));
    fresh.step(copy.keyed(Map.of("w", g.square())));
    assertEquals(0, weights.get("w").value().sub(copy.get("w").value()).abs().max().item());
  }

  @Test
  void whatIsNoMatrixIsRefused() {
    Weights weights = new Weights(Map.of("b", Tensor.ones(3)));
    var e = assertThrows(IllegalArgumentException.class, () -> new Muon(weights.parameters(), 0.1));
    assertEquals("optimizer: Muon steps matrices, and 'b' is [3]", e.getMessage());
  }
}
