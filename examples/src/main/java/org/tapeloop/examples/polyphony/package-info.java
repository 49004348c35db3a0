/** Models of polyphonic music, frame by frame. */
@NullMarked
package org.tapeloop.examples.polyphony;

import org.jspecify.annotations.NullMarked;
