package org.tapeloop.nn;

import org.tapeloop.autograd.Tensor;

/**
 * What one step gives.
 *
 * @param output what the layer above sees, [B, R]
 * @param state what the next step sees
 */
public record Step<S>(Tensor output, S state) {}
