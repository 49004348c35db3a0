package org.tapeloop.examples.wordlm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;

final class AwdNetworkTest {
  private static final int WORDS = 11;
  private static final int STEPS = 9;

  @Test
  void wordByWordItScoresAsItDoesOverTheWholeText() {
    WordRecipe.Sizes sizes = new WordRecipe.Sizes(3, 20, 12, 2, STEPS, 1, 1, 1);
    var network =
        new AwdNetwork<>(
            CellKind.named("lstm"),
            sizes,
            AwdNetwork.Regularisation.MILD,
            WORDS,
            new Generator(1),
            new Generator(2));
    network.eval();
    int[] ids = new int[STEPS * 2];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i * i % WORDS;
    }
    Tensor whole =
        Autograd.noGrad(
            () -> network.forward(IntTensor.of(Shape.of(STEPS, 2), ids), null).output());
    var stream = network.stream(2);
    float[] scores = new float[2 * WORDS];
    for (int t = 0; t < STEPS; t++) {
      stream.step(new int[] {ids[2 * t], ids[2 * t + 1]}, scores);
      assertArrayEquals(whole.select(0, t).toFloatArray(), scores, 1e-6f, "step " + t);
    }
  }
}
