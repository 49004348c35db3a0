/** The cells of the library by name, and stacks of them. */
@NullMarked
package org.tapeloop.examples.cell;

import org.jspecify.annotations.NullMarked;
