/** Attention: what a query looks for among keys, and what it takes from their values. */
@NullMarked
package org.tapeloop.nn.attention;

import org.jspecify.annotations.NullMarked;
