/** The classical problems for recurrent networks, and cells side by side on them. */
@NullMarked
package org.tapeloop.examples.tasks;

import org.jspecify.annotations.NullMarked;
