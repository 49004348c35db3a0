package org.tapeloop.nn.seq2seq;

import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.RecurrentCell;

/**
 * From an encoder's last state to a decoder's first.
 *
 * @param <E> the encoder's state
 * @param <S> the state of the decoder's cell
 */
@FunctionalInterface
public interface Bridge<E, S> {

  /** The state to start from. */
  S from(E encoded);

  /** The encoder's own state, for cells of one kind and size. */
  static <S> Bridge<S, S> same() {
    return encoded -> encoded;
  }

  /** The decoder's own initial state: what it knows comes by attention alone. */
  static <E, S> Bridge<E, S> none(RecurrentCell<S> decoder) {
    return encoded -> decoder.initialState(TensorTree.flatten(encoded).getFirst().extent(0));
  }
}
