/**
 * Tensors, differentiable operations, and the tape that records them.
 *
 * <p>{@link org.tapeloop.autograd.Tensor} is where to begin.
 */
@NullMarked
package org.tapeloop.autograd;

import org.jspecify.annotations.NullMarked;
