package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ActivationsTest {
  private static final Tensor X = Tensor.ofDoubles(Shape.of(5), -4, -0.7, 0.2, 0.9, 3);

  static Stream<Map.Entry<String, UnaryOperator<Tensor>>> activations() {
    return Map.<String, UnaryOperator<Tensor>>ofEntries(
        Map.entry("tanh", Tensor::tanh),
        Map.entry("sigmoid", Tensor::sigmoid),
        Map.entry("relu", Tensor::relu),
        Map.entry("softplus", Tensor::softplus),
        Map.entry("softplus with beta", z -> z.softplus(1.7)),
        Map.entry("logSigmoid", Tensor::logSigmoid),
        Map.entry("leakyRelu", z -> z.leakyRelu(0.1)),
        Map.entry("elu", z -> z.elu(1.3)),
        Map.entry("selu", Tensor::selu),
        Map.entry("gelu", Tensor::gelu),
        Map.entry("geluTanh", Tensor::geluTanh),
        Map.entry("silu", Tensor::silu),
        Map.entry("softsign", Tensor::softsign),
        Map.entry("hardTanh", Tensor::hardTanh),
        Map.entry("hardSigmoid", Tensor::hardSigmoid))
        .entrySet()
        .stream();
  }

  /** Not its own inverse, and f(f(z)) is not f(z): an argument that passes it twice shows. */
  private static Tensor changed(Tensor z) {
    return z.mul(0.5).add(0.3);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void theFunctionComesOnceBeforeTheActivation(
      Map.Entry<String, UnaryOperator<Tensor>> activation) {
    UnaryOperator<Tensor> a = activation.getValue();
    Tensor x = X.leaf();
    Tensor expected = a.apply(changed(x));
    Map<Tensor, Tensor> gradients = expected.sum().gradients(x);
    Activations.after(
        ActivationsTest::changed,
        () -> {
          Tensor actual = a.apply(x);
          assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
          Tensor gradient = actual.sum().gradients(x).get(x);
          return assertSame(gradients.get(x), gradient);
        });
  }

  private static Tensor assertSame(Tensor expected, Tensor actual) {
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray(), "gradient");
    return actual;
  }

  @Test
  void nestedFunctionsComeFromTheInside() {
    Tensor z = Tensor.scalar(DType.F64, 0.4);
    Tensor actual =
        Activations.after(t -> t.add(1), () -> Activations.after(t -> t.mul(2), () -> z.sigmoid()));
    assertEquals(z.mul(2).add(1).sigmoid().item(), actual.item());
  }

  @Test
  void activationsInTheFunctionAreLeftAlone() {
    Tensor z = Tensor.scalar(DType.F64, 0.4);
    assertEquals(z.tanh().sigmoid().item(), Activations.after(Tensor::tanh, z::sigmoid).item());
  }
}
