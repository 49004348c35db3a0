package org.tapeloop.nn.seq2seq;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.Lengths;

/**
 * What a decoder gets from an encoder.
 *
 * @param memory the encoder's outputs [N, B, M]
 * @param lengths of the sequences that were read, or null if all have N steps
 * @param start the state that the decoder's cell starts from
 */
public record Encoded<S>(Tensor memory, @Nullable Lengths lengths, S start) {

  /** Number of sequences. */
  public int batch() {
    return memory.extent(1);
  }

  /**
   * One sequence of the batch, without padding, to be decoded by itself.
   *
   * @throws IndexOutOfBoundsException if there is no such sequence
   */
  public Encoded<S> one(int b) {
    if (b < 0 || b >= batch()) {
      throw new IndexOutOfBoundsException(
          "encoded: sequence %d is not in 0..%d".formatted(b, batch() - 1));
    }
    int length = lengths == null ? memory.extent(0) : lengths.get(b);
    List<Tensor> rows =
        TensorTree.flatten(start).stream().map(tensor -> tensor.narrow(0, b, 1)).toList();
    return new Encoded<>(
        memory.narrow(0, 0, length).narrow(1, b, 1), null, TensorTree.rebuild(start, rows));
  }
}
