/** Tunes in ABC notation: read, checked bar by bar, transposed, taken apart into tokens, played. */
@NullMarked
package org.tapeloop.examples.abc;

import org.jspecify.annotations.NullMarked;
