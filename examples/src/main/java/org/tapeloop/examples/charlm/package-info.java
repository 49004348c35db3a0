/** The language model by character. */
@NullMarked
package org.tapeloop.examples.charlm;

import org.jspecify.annotations.NullMarked;
