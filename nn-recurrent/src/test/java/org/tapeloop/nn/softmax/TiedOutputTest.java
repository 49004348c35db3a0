package org.tapeloop.nn.softmax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.tapeloop.nn.softmax.AdaptiveSoftmaxTest.checkParameters;
import static org.tapeloop.nn.softmax.AdaptiveSoftmaxTest.normal;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Embedding;

class TiedOutputTest {
  @Test
  void tiedOutputsScoreByTheEmbeddingsTable() {
    Embedding embedding = new Embedding(5, 3, new Generator(2));
    TiedOutput output = TiedOutput.of(embedding);
    TiedOutput projected = TiedOutput.projected(embedding, 4, new Generator(3));
    embedding.to(DType.F64);
    output.to(DType.F64);
    projected.to(DType.F64);
    Tensor h = normal(5, 2, 3);
    Tensor logits = output.forward(h);
    for (int row = 0; row < 2; row++) {
      for (int c = 0; c < 5; c++) {
        double dot = 0;
        for (int k = 0; k < 3; k++) {
          dot += h.get(row, k) * embedding.weight().value().get(c, k);
        }
        assertEquals(dot, logits.get(row, c), 1e-12);
      }
    }
    assertEquals(Shape.of(2, 7, 5), projected.forward(normal(6, 2, 7, 4)).shape());
    assertEquals(Set.of("embedding.weight", "bias"), output.parameters().keySet());
    assertEquals(
        Set.of("embedding.weight", "projection.weight", "bias"), projected.parameters().keySet());
  }

  @Test
  void theTablesGradientIsThatOfBothUses() {
    Embedding embedding = new Embedding(5, 3, new Generator(2));
    TiedOutput output = TiedOutput.of(embedding);
    output.to(DType.F64);
    IntTensor ids = IntTensor.of(1, 4);
    checkParameters(
        output,
        () -> output.forward(embedding.forward(ids).tanh()).crossEntropy(IntTensor.of(2, 0)));
  }
}
