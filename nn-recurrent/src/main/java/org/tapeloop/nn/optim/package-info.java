/** Optimisers and gradient clipping. */
@NullMarked
package org.tapeloop.nn.optim;

import org.jspecify.annotations.NullMarked;
