/** Recurrent cells and the layers made of them. */
@NullMarked
package org.tapeloop.nn;

import org.jspecify.annotations.NullMarked;
