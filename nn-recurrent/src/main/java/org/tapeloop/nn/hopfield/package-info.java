/** Associative memories: the classical Hopfield network, and the modern one as a layer. */
@NullMarked
package org.tapeloop.nn.hopfield;

import org.jspecify.annotations.NullMarked;
