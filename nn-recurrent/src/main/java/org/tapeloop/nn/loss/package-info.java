/** Losses of differentiable operations, so with derivatives of every order. */
@NullMarked
package org.tapeloop.nn.loss;

import org.jspecify.annotations.NullMarked;
