package org.tapeloop.nn.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

/**
 * Sequences of different lengths side by side, time first, each filled up to the longest.
 *
 * @param values [T, B] or [T, B, F], T the greatest length
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
    int longest = Arrays.stream(lengths).max().orElseThrow();
    List<Tensor> filled = new ArrayList<>();
    for (Tensor sequence : sequences) {
      int missing = longest - sequence.extent(0);
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
    int batch = sequences.size();
    Lengths lengths = Lengths.of(sequences.stream().mapToInt(s -> s.length).toArray());
    int longest = sequences.stream().mapToInt(s -> s.length).max().orElseThrow();
    int[] values = new int[longest * batch];
    Arrays.fill(values, padding);
    for (int b = 0; b < batch; b++) {
      int[] sequence = sequences.get(b);
      for (int t = 0; t < sequence.length; t++) {
        values[t * batch + b] = sequence[t];
      }
    }
    return new Padded<>(IntTensor.of(Shape.of(longest, batch), values), lengths);
  }
}
