/** Cells around other cells: connections, regularisers, memories and hierarchies for any cell. */
@NullMarked
package org.tapeloop.nn.wrap;

import org.jspecify.annotations.NullMarked;
