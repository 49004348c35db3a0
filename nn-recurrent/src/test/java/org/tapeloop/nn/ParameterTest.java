package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class ParameterTest {
  private final Generator generator = new Generator(1);

  @Test
  void aParameterKeepsShapeAndType() {
    Parameter weight = new Linear(3, 2, generator).weight();
    var error = assertThrows(IllegalArgumentException.class, () -> weight.set(Tensor.zeros(3, 2)));
    assertEquals("parameter: F32 [2, 3] cannot become F32 [3, 2]", error.getMessage());
    Tensor doubles = Tensor.zeros(DType.F64, Shape.of(2, 3));
    assertThrows(IllegalArgumentException.class, () -> weight.set(doubles));
  }

  @Test
  void parametersAreSetTogetherOrNotAtAll() {
    Linear linear = new Linear(3, 2, generator);
    Tensor before = linear.weight().value();
    Map<Parameter, Tensor> replacements = new LinkedHashMap<>();
    replacements.put(linear.weight(), Tensor.ones(2, 3));
    replacements.put(linear.bias(), Tensor.ones(3));
    assertThrows(IllegalArgumentException.class, () -> Parameter.setAll(replacements));
    assertSame(before, linear.weight().value());
    replacements.put(linear.bias(), Tensor.ones(2));
    Parameter.setAll(replacements);
    assertArrayEquals(new float[] {1, 1}, linear.bias().value().toFloatArray());
    assertEquals(6, linear.weight().value().sum().item());
    assertTrue(linear.weight().value().requiresGrad());
  }
}
