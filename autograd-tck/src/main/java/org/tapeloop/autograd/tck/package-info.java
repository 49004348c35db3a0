/** The conformance suite that any compute backend must pass. */
@NullMarked
package org.tapeloop.autograd.tck;

import org.jspecify.annotations.NullMarked;
