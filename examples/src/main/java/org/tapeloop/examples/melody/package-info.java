/** Melodies, and chorales in four voices, written token by token. */
@NullMarked
package org.tapeloop.examples.melody;

import org.jspecify.annotations.NullMarked;
