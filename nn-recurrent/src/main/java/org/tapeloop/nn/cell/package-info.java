/** Cells of the literature, each from differentiable operations alone. */
@NullMarked
package org.tapeloop.nn.cell;

import org.jspecify.annotations.NullMarked;
