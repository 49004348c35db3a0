/** What the commands of the program have in common. */
@NullMarked
package org.tapeloop.examples.cli;

import org.jspecify.annotations.NullMarked;
