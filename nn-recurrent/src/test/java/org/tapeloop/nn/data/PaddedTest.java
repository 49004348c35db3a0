package org.tapeloop.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class PaddedTest {

  @Test
  void tokensStandSideBySide() {
    Padded<IntTensor> padded =
        Padded.ofTokens(List.of(new int[] {1, 2, 3}, new int[] {4}, new int[] {5, 6}), 9);
    assertEquals(IntTensor.of(Shape.of(3, 3), 1, 4, 5, 2, 9, 6, 3, 9, 9), padded.values());
    assertEquals("[3, 1, 2]", padded.lengths().toString());
  }

  @Test
  void featuresStandSideBySideAndPassGradientsBack() {
    Tensor a = Tensor.of(Shape.of(1, 2), 1, 2).leaf();
    Tensor b = Tensor.of(Shape.of(2, 2), 3, 4, 5, 6).leaf();
    Padded<Tensor> padded = Padded.of(List.of(a, b));
    assertEquals(Shape.of(2, 2, 2), padded.values().shape());
    assertArrayEquals(new float[] {1, 2, 3, 4, 0, 0, 5, 6}, padded.values().toFloatArray());
    assertEquals("[1, 2]", padded.lengths().toString());
    Tensor g = padded.values().square().sum().gradients(a, b).get(a);
    assertArrayEquals(new float[] {2, 4}, g.toFloatArray());
  }

  @Test
  void stepsAreFilledUpToAMultiple() {
    List<int[]> sequences = List.of(new int[] {1, 2, 3}, new int[] {4});
    Padded<IntTensor> tokens = Padded.ofTokens(sequences, 9, 4);
    assertEquals(IntTensor.of(Shape.of(4, 2), 1, 4, 2, 9, 3, 9, 9, 9), tokens.values());
    assertEquals("[3, 1]", tokens.lengths().toString());
    assertEquals(3, Padded.ofTokens(sequences, 9, 3).values().extent(0));
    Padded<Tensor> features = Padded.of(List.of(Tensor.ones(3, 2)), 2);
    assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1, 0, 0}, features.values().toFloatArray());
    assertThrows(IllegalArgumentException.class, () -> Padded.ofTokens(sequences, 9, 0));
    assertThrows(IllegalArgumentException.class, () -> Padded.of(List.of(Tensor.ones(3, 2)), 0));
  }

  @Test
  void sequencesThatDoNotFitAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Padded.of(List.of()));
    assertThrows(IllegalArgumentException.class, () -> Padded.of(List.of(Tensor.zeros(3))));
    assertThrows(IllegalArgumentException.class, () -> Padded.of(List.of(Tensor.zeros(0, 3))));
    assertThrows(
        IllegalArgumentException.class,
        () -> Padded.of(List.of(Tensor.zeros(2, 3), Tensor.zeros(2, 4))));
    assertThrows(IllegalArgumentException.class, () -> Padded.ofTokens(List.of(), 0));
    List<int[]> empty = List.of(new int[2], new int[0]);
    var e = assertThrows(IllegalArgumentException.class, () -> Padded.ofTokens(empty, 0));
    assertEquals("lengths: sequence 1 has length 0, which is below 1", e.getMessage());
  }
}
