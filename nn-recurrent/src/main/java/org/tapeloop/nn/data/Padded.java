package org.tapeloop.nn.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

/**
 * Sequences of different lengths side by side, time first, each filled up to the longest, or to the
 * next multiple of a number of steps: batches then have few different T.
 *
 * @param values [T, B] or [T, B, F], T the greatest length, rounded up
 * @param lengths how much of each sequence is not padding
 * @param <X> {@link Tensor} or {@link IntTensor}
 */
public record Padded<X>(X values, Lengths lengths) {

  /**
   * Sequences [T_b, F] as [T, B, F], padded with zeros. Gradients reach the sequences.
   *
   * @throws IllegalArgumentException if there are none, one is no matrix or has no steps, or they
   *     differ in F or in element type
   */
  public static Padded<Tensor> of(List<Tensor> sequences) {
    return of(sequences, 1);
  }

  /**
   * As {@link #of(List)}, with T a multiple of a number.
   *
   * @param multiple at least 1
   * @throws IllegalArgumentException as there, or if the multiple is less than 1
   */
  public static Padded<Tensor> of(List<Tensor> sequences, int multiple) {
    int[] lengths = new int[sequences.size()];
    for (int b = 0; b < lengths.length; b++) {
      Tensor sequence = sequences.get(b);
      if (sequence.rank() != 2) {
        throw new IllegalArgumentException(
            "padded: sequence %d must be [time, features], not %s".formatted(b, sequence.shape()));
      }
      lengths[b] = sequence.extent(0);
    }
    Lengths checked = Lengths.of(lengths);
    int time = time(lengths, multiple);
    List<Tensor> filled = new ArrayList<>();
    for (Tensor sequence : sequences) {
      int missing = time - sequence.extent(0);
      Tensor zeros = Tensor.zeros(sequence.dtype(), Shape.of(missing, sequence.extent(1)));
      filled.add(missing == 0 ? sequence : Tensor.cat(List.of(sequence, zeros), 0));
    }
    return new Padded<>(Tensor.stack(filled, 1), checked);
  }

  /**
   * Tokens as [T, B].
   *
   * @param padding the token to fill up with
   * @throws IllegalArgumentException if there are no sequences, or one is empty
   */
  public static Padded<IntTensor> ofTokens(List<int[]> sequences, int padding) {
    return ofTokens(sequences, padding, 1);
  }

  /**
   * As {@link #ofTokens(List, int)}, with T a multiple of a number.
   *
   * @param multiple at least 1
   * @throws IllegalArgumentException as there, or if the multiple is less than 1
   */
  public static Padded<IntTensor> ofTokens(List<int[]> sequences, int padding, int multiple) {
    int batch = sequences.size();
    int[] lengths = sequences.stream().mapToInt(s -> s.length).toArray();
    Lengths checked = Lengths.of(lengths);
    int time = time(lengths, multiple);
    int[] values = new int[time * batch];
    Arrays.fill(values, padding);
    for (int b = 0; b < batch; b++) {
      int[] sequence = sequences.get(b);
      for (int t = 0; t < sequence.length; t++) {
        values[t * batch + b] = sequence[t];
      }
    }
    return new Padded<>(IntTensor.of(Shape.of(time, batch), values), checked);
  }

  /** The greatest length, rounded up. */
  private static int time(int[] lengths, int multiple) {
    if (multiple < 1) {
      throw new IllegalArgumentException(
          "padded: steps come in a multiple of at least 1, not " + multiple);
    }
    int longest = Arrays.stream(lengths).max().orElseThrow();
    return Math.multiplyExact(Math.ceilDiv(longest, multiple), multiple);
  }
}
