package org.tapeloop.nn.hopfield;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class HopfieldTest {
  private final Generator generator = new Generator(13);

  private Tensor signs(int... extents) {
    Tensor coins = Tensor.bernoulli(generator.next(), DType.F64, Shape.of(extents), 0.5);
    return coins.mul(2).sub(1);
  }

  @Test
  void aSpoiltPatternIsRecalled() {
    Tensor patterns = signs(4, 100);
    HopfieldNetwork network = HopfieldNetwork.storing(patterns);
    double[] spoilt = patterns.toDoubleArray();
    for (int p = 0; p < 4; p++) {
      for (int k = 0; k < 15; k++) {
        spoilt[p * 100 + 6 * k] *= -1;
      }
    }
    Tensor recalled = network.recall(Tensor.ofDoubles(patterns.shape(), spoilt), 20);
    assertArrayEquals(patterns.toDoubleArray(), recalled.toDoubleArray());
  }

  @Test
  void recallNeverRaisesTheEnergy() {
    HopfieldNetwork network = HopfieldNetwork.storing(signs(5, 40));
    Tensor state = signs(8, 40);
    for (int sweep = 0; sweep < 6; sweep++) {
      Tensor next = network.recall(state, 1);
      double rise = network.energy(next).sub(network.energy(state)).max().item();
      assertTrue(rise <= 1e-12, "rise " + rise);
      state = next;
    }
    assertEquals(0, network.recall(state, 1).sub(state).abs().max().item(), "a fixed point");
  }

  @Test
  void aUnitWhoseSumIsZeroStaysAsItIs() {
    // The first unit agrees with the second in all patterns, with each other one in two of three:
    // 3/5 - 1/5 - 1/5 - 1/5, which rounding would leave above 0.
    Tensor patterns =
        Tensor.ofDoubles(Shape.of(3, 5), 1, 1, 1, 1, -1, 1, 1, 1, -1, 1, 1, 1, -1, 1, 1);
    Tensor state = Tensor.ofDoubles(-1, 1, -1, -1, -1);
    Tensor next = HopfieldNetwork.storing(patterns).recall(state, 1);
    assertEquals(-1, next.get(0));
  }

  @Test
  void theEnergyIsThatOfTheSum() {
    Tensor patterns = Tensor.ofDoubles(Shape.of(1, 3), 1, -1, 1);
    HopfieldNetwork network = HopfieldNetwork.storing(patterns);
    // Six pairs of units, each of weight 1/3 and in agreement.
    assertEquals(-1, network.energy(patterns).get(0), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> HopfieldNetwork.storing(Tensor.zeros(2, 3)));
    assertThrows(IllegalArgumentException.class, () -> network.recall(Tensor.ones(2, 4), 1));
  }

  @Test
  void aModernNetworkFindsThePatternNextToAState() {
    var memory = new ModernHopfield(6, 16, 8, generator);
    memory.to(DType.F64);
    memory.patterns().set(signs(6, 16));
    Tensor patterns = memory.patterns().value();
    Tensor noise = Tensor.normal(generator.next(), DType.F64, patterns.shape(), 0, 0.3);
    Tensor found = memory.forward(patterns.add(noise), 1);
    assertTrue(found.sub(patterns).abs().max().item() < 1e-6);
  }

  @Test
  void aStepOfAModernNetworkNeverRaisesItsEnergyWhichIsNotNegative() {
    var memory = new ModernHopfield(5, 4, 2, generator);
    memory.to(DType.F64);
    Tensor state = Tensor.normal(generator.next(), DType.F64, Shape.of(20, 4), 0, 1);
    for (int k = 0; k < 10; k++) {
      Tensor next = memory.forward(state, 1);
      assertTrue(memory.energy(next).sub(memory.energy(state)).max().item() <= 1e-12);
      assertTrue(memory.energy(next).min().item() >= 0);
      state = next;
    }
  }

  @Test
  void derivativesOfAModernNetworkAreThoseOfDifferences() {
    var memory = new ModernHopfield(3, 2, 1.5, generator);
    memory.to(DType.F64);
    GradCheck.check(
        in ->
            memory.withValues(
                Map.of("patterns", in[1]),
                () -> memory.forward(in[0], 2).mul(memory.energy(in[0]).unsqueeze(-1))),
        Tensor.normal(generator.next(), DType.F64, Shape.of(2, 2), 0, 1),
        Tensor.normal(generator.next(), DType.F64, Shape.of(3, 2), 0, 1));
  }
}
