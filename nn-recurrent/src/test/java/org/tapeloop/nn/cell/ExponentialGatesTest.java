package org.tapeloop.nn.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.cell.ScalarLstmCell.ForgetGate;

/**
 * Exponential gates whose inputs are far beyond the range of the exponential in single precision.
 */
class ExponentialGatesTest {
  private static final int SIZE = 3;

  private final Generator generator = new Generator(7);

  @ParameterizedTest
  @EnumSource
  void resultsAndGradientsOfAScalarLstmAreNumbers(ForgetGate forget) {
    ScalarLstmCell cell = new ScalarLstmCell(SIZE, SIZE, forget, generator);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(5, 8, SIZE), 0, 300);
    Tensor output = Recurrent.forward(cell).forward(x).output();
    List<Tensor> all = new ArrayList<>(output.sum().gradients(cell.values()).values());
    all.add(output);
    for (Tensor each : all) {
      assertTrue(Double.isFinite(each.sum().item()), () -> "not finite: " + each);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theFirstStepOfAScalarLstmIsTheSameHoweverSmallItsInputGate(ForgetGate forget) {
    ScalarLstmCell cell = new ScalarLstmCell(SIZE, SIZE, forget, generator);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(2, SIZE), 0, 1);
    float[] expected = cell.step(x, cell.initialState(2)).output().toFloatArray();
    // c' / n' is tanh(z) whatever the gate.
    float[] bias = cell.parameters().get("bias").value().toFloatArray();
    for (int i = 0; i < SIZE; i++) {
      bias[i] -= 200;
    }
    cell.parameters().get("bias").set(Tensor.of(bias));
    float[] actual = cell.step(x, cell.initialState(2)).output().toFloatArray();
    assertArrayEquals(expected, actual, 1e-6f);
  }
}
