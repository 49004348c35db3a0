package org.tapeloop.nn.attention;

import org.tapeloop.autograd.Tensor;

/**
 * What attention gives.
 *
 * @param context the weighted sums of values, one a query
 * @param weights of the values, adding up to 1 for each query; 0 for what is masked out, and where
 *     everything is
 */
public record Attended(Tensor context, Tensor weights) {}
