package org.tapeloop.nn;

import org.tapeloop.autograd.Tensor;

/**
 * What a layer gives for a batch of sequences.
 *
 * @param output the outputs [T, B, R]
 * @param state the state after each sequence's own last step
 */
public record SequenceOutput<S>(Tensor output, S state) {}
