package org.tapeloop.examples.polyphony;

import java.util.List;
import java.util.stream.IntStream;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.loss.BinaryCrossEntropy;
import org.tapeloop.nn.loss.Loss;

/**
 * Passages side by side, as tensors: each frame is to be told from those before it, the first of a
 * piece from silence.
 *
 * @param inputs the frame before each [T, B, 88]
 * @param targets each frame [T, B, 88]
 * @param lengths of the passages
 * @param frames how many there are, without padding
 */
record RollBatch(Tensor inputs, Tensor targets, Lengths lengths, long frames) {

  /** A batch of passages. */
  static RollBatch of(List<Passage> passages) {
    int batch = passages.size();
    int longest = passages.stream().mapToInt(Passage::length).max().orElseThrow();
    float[] inputs = new float[longest * batch * Frame.KEYS];
    float[] targets = new float[inputs.length];
    for (int b = 0; b < batch; b++) {
      Passage passage = passages.get(b);
      for (int t = 0; t < passage.length(); t++) {
        int row = (t * batch + b) * Frame.KEYS;
        mark(inputs, row, passage.pitchesBefore(t));
        mark(targets, row, passage.pitches(t));
      }
    }
    Shape shape = Shape.of(longest, batch, Frame.KEYS);
    return new RollBatch(
        Tensor.of(shape, inputs),
        Tensor.of(shape, targets),
        Lengths.of(passages.stream().mapToInt(Passage::length).toArray()),
        passages.stream().mapToLong(Passage::length).sum());
  }

  /** Writes pitches as ones into a row of zeros. */
  private static void mark(float[] values, int row, IntStream pitches) {
    pitches.forEach(pitch -> values[row + pitch - Frame.LOWEST] = 1);
  }

  /**
   * The negative log-likelihood in nats: the sum over all keys and all frames that are not padding,
   * divided by the number of these frames.
   *
   * @param logits [T, B, 88]
   */
  Tensor loss(Tensor logits) {
    Tensor isFrame = lengths.mask(logits.dtype(), logits.extent(0));
    return Loss.binaryCrossEntropy(
            logits, targets, BinaryCrossEntropy.MEAN.reducing(Reduction.SUM).weighted(isFrame))
        .mul(1.0 / frames);
  }
}
