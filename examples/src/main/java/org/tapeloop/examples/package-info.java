/** The command-line program. */
@NullMarked
package org.tapeloop.examples;

import org.jspecify.annotations.NullMarked;
