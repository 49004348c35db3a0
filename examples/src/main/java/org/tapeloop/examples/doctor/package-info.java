/** What computes on this machine, how fast, and what could be better. */
@NullMarked
package org.tapeloop.examples.doctor;

import org.jspecify.annotations.NullMarked;
