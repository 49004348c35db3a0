/** Choosing the next symbol from a model's scores. */
@NullMarked
package org.tapeloop.examples.sampling;

import org.jspecify.annotations.NullMarked;
