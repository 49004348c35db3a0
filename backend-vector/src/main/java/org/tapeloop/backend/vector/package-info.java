/** The compute backend on the JDK's Vector API. */
@NullMarked
package org.tapeloop.backend.vector;

import org.jspecify.annotations.NullMarked;
