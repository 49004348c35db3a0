package org.tapeloop.nn.seq2seq;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Linear;

/**
 * Brings states of any structure to another one: each tensor of the decoder's state is {@code
 * tanh(W e + b)}, with e all tensors of the encoder's state side by side.
 *
 * <p>Parameters {@code K.weight} and {@code K.bias} for each tensor K of the decoder's state.
 *
 * <p>Source: Bahdanau, Cho and Bengio 2015, arXiv 1409.0473, appendix A.2.2, for all of the state
 * instead of the backward half.
 *
 * @param <E> the encoder's state
 * @param <S> the decoder's state
 */
public final class StateBridge<E, S> extends Layer implements Bridge<E, S> {
  private final S like;
  private final List<Linear> maps = new ArrayList<>();
  private final int inputSize;

  /**
   * A bridge between states like these, whose tensors are [B, size].
   *
   * @param encoder such as {@code encoder.initialState(1)}
   * @param decoder such as {@code cell.initialState(1)}
   */
  public StateBridge(E encoder, S decoder, Generator generator) {
    like = decoder;
    int size = 0;
    for (Tensor tensor : TensorTree.flatten(encoder)) {
      size += sizeOf(tensor);
    }
    inputSize = size;
    for (Tensor tensor : TensorTree.flatten(decoder)) {
      Linear map = new Linear(inputSize, sizeOf(tensor), generator);
      maps.add(child(Integer.toString(maps.size()), map));
    }
  }

  private static int sizeOf(Tensor state) {
    if (state.rank() != 2) {
      throw new IllegalArgumentException(
          "StateBridge: states must be [batch, size], not " + state.shape());
    }
    return state.extent(1);
  }

  @Override
  public S from(E encoded) {
    Tensor all = Tensor.cat(TensorTree.flatten(encoded), 1);
    if (all.extent(1) != inputSize) {
      throw new IllegalArgumentException(
          "StateBridge: the encoder's state has %d numbers a sequence, not %d"
              .formatted(all.extent(1), inputSize));
    }
    return TensorTree.rebuild(like, maps.stream().map(map -> map.forward(all).tanh()).toList());
  }
}
