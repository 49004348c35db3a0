package org.tapeloop.nn;

import org.tapeloop.autograd.Tensor;

/**
 * The state of an LSTM.
 *
 * @param h the hidden state [B, H], or [B, R] where it is projected, which is also the output
 * @param c the cell state [B, H]
 */
public record LstmState(Tensor h, Tensor c) {}
