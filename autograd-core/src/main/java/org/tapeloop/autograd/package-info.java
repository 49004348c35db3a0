/** Tensors, differentiable operations, and the tape that records them. */
@NullMarked
package org.tapeloop.autograd;

import org.jspecify.annotations.NullMarked;
