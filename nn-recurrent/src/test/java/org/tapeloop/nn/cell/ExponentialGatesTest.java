package org.tapeloop.nn.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.cell.ScalarLstmCell.ForgetGate;

/** Gates whose inputs are far beyond the range of the exponential in single precision. */
class ExponentialGatesTest {
  private static final int SIZE = 3;

  private final Generator generator = new Generator(7);

  @ParameterizedTest
  @EnumSource
  void resultsAndGradientsOfAScalarLstmAreNumbers(ForgetGate forget) {
    ScalarLstmCell cell = new ScalarLstmCell(SIZE, SIZE, forget, generator);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(5, 8, SIZE), 0, 300);
    assertFinite(cell, Recurrent.forward(cell).forward(x).output());
  }

  /** The output, and its gradients to all parameters. */
  private static void assertFinite(Layer cell, Tensor output) {
    List<Tensor> all = new ArrayList<>(output.sum().gradients(cell.values()).values());
    all.add(output);
    for (Tensor each : all) {
      assertTrue(Double.isFinite(each.sum().item()), () -> "not finite: " + each);
    }
  }

  /** Adds to the first elements of a bias. */
  private static void shift(Layer cell, String name, int count, float by) {
    Parameter parameter = cell.parameters().get(name);
    float[] bias = parameter.value().toFloatArray();
    for (int i = 0; i < count; i++) {
      bias[i] += by;
    }
    parameter.set(Tensor.of(bias));
  }

  @ParameterizedTest
  @EnumSource
  void theFirstStepOfAScalarLstmIsTheSameHoweverSmallItsInputGate(ForgetGate forget) {
    ScalarLstmCell cell = new ScalarLstmCell(SIZE, SIZE, forget, generator);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(2, SIZE), 0, 1);
    float[] expected = cell.step(x, cell.initialState(2)).output().toFloatArray();
    // c' / n' is tanh(z) whatever the gate.
    shift(cell, "bias", SIZE, -200);
    float[] actual = cell.step(x, cell.initialState(2)).output().toFloatArray();
    assertArrayEquals(expected, actual, 1e-6f);
  }

  @ParameterizedTest
  @ValueSource(floats = {-200, -95, 0, 200})
  void resultsAndGradientsOfAMatrixLstmAreNumbers(float size) {
    MatrixLstmCell cell = new MatrixLstmCell(SIZE, SIZE, generator);
    shift(cell, "bias_if", 2, size);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(5, 8, SIZE), 0, 1);
    assertFinite(cell, Recurrent.forward(cell).forward(x).output());
  }

  @ParameterizedTest
  @EnumSource
  void aMinLstmWhoseGatesAreBothShutMixesByTheirRatio(Candidate candidate) {
    MinLstmCell cell = new MinLstmCell(SIZE, SIZE, candidate, generator);
    shift(cell, "bias", 2 * SIZE, -200);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(5, 8, SIZE), 0, 1);
    Tensor output = Recurrent.forward(cell).forward(x).output();
    assertFinite(cell, output);
    MinLstmCell exact = new MinLstmCell(SIZE, SIZE, candidate, generator);
    exact.to(DType.F64);
    Map<String, Tensor> weights = new HashMap<>();
    cell.parameters().forEach((name, p) -> weights.put(name, p.value().to(DType.F64)));
    exact.load(weights);
    Tensor expected = Recurrent.forward(exact).forward(x.to(DType.F64)).output();
    // Beside -200 the gates' inputs keep five digits of what tells them apart.
    assertTrue(expected.sub(output.to(DType.F64)).abs().max().item() < 1e-4);
  }
}
