/** Batches of sequences: windows over long streams, and padding of ragged ones. */
@NullMarked
package org.tapeloop.nn.data;

import org.jspecify.annotations.NullMarked;
