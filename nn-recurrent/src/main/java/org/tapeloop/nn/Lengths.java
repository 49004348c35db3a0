package org.tapeloop.nn;

import java.util.Arrays;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * The lengths of the sequences of a ragged batch: sequence b is {@code x[0 .. lengths[b]-1, b]} of
 * a padded x [T, B, F].
 *
 * <p>Padding never changes a result, whatever stands in it.
 */
public final class Lengths {
  private final int[] lengths;

  private Lengths(int[] lengths) {
    this.lengths = lengths;
  }

  /**
   * The lengths in order of the batch.
   *
   * @throws IllegalArgumentException if there are none, or one is below 1
   */
  public static Lengths of(int... lengths) {
    if (lengths.length == 0) {
      throw new IllegalArgumentException("lengths: none given");
    }
    for (int b = 0; b < lengths.length; b++) {
      if (lengths[b] < 1) {
        throw new IllegalArgumentException(
            "lengths: sequence %d has length %d, which is below 1".formatted(b, lengths[b]));
      }
    }
    return new Lengths(lengths.clone());
  }

  /** Number of sequences. */
  public int batch() {
    return lengths.length;
  }

  /** Length of sequence b. */
  public int get(int b) {
    return lengths[b];
  }

  /**
   * Fits a padded batch.
   *
   * @throws IllegalArgumentException if the batch differs, or a sequence is longer than the batch
   *     is padded to
   */
  public void check(int time, int batch) {
    if (lengths.length != batch) {
      throw new IllegalArgumentException(
          "lengths: %d given for a batch of %d".formatted(lengths.length, batch));
    }
    for (int b = 0; b < batch; b++) {
      if (lengths[b] > time) {
        throw new IllegalArgumentException(
            "lengths: sequence %d has length %d but x has %d steps".formatted(b, lengths[b], time));
      }
    }
  }

  /** 1 where a step belongs to its sequence, 0 in padding: [T, B, 1]. */
  public Tensor mask(DType dtype, int time) {
    double[] mask = new double[time * lengths.length];
    for (int t = 0; t < time; t++) {
      for (int b = 0; b < lengths.length; b++) {
        mask[t * lengths.length + b] = t < lengths[b] ? 1 : 0;
      }
    }
    return Tensor.ofDoubles(Shape.of(time, lengths.length, 1), mask).to(dtype);
  }

  /** x [T, B, F] with each sequence reversed in its own extent and the padding left where it is. */
  Tensor reverse(Tensor x) {
    int time = x.extent(0);
    int batch = lengths.length;
    int[] rows = new int[time * batch];
    for (int t = 0; t < time; t++) {
      for (int b = 0; b < batch; b++) {
        int from = t < lengths[b] ? lengths[b] - 1 - t : t;
        rows[t * batch + b] = from * batch + b;
      }
    }
    Tensor flat = x.reshape(time * batch, x.extent(2));
    return flat.embedding(IntTensor.of(Shape.of(time, batch), rows));
  }

  @Override
  public String toString() {
    return Arrays.toString(lengths);
  }
}
