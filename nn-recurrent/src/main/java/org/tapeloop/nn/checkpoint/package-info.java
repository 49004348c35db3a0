/** Checkpoints: a training run saved, so that it goes on later as if there had been no break. */
@NullMarked
package org.tapeloop.nn.checkpoint;

import org.jspecify.annotations.NullMarked;
