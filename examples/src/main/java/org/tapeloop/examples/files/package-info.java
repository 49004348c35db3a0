/** Files of a run, read and written so that every failure is one clear line. */
@NullMarked
package org.tapeloop.examples.files;

import org.jspecify.annotations.NullMarked;
