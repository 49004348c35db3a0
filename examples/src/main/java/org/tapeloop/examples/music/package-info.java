/** Music as frames of sounding keys: read from and written to files, seen, and heard. */
@NullMarked
package org.tapeloop.examples.music;

import org.jspecify.annotations.NullMarked;
