/**
 * Training steps of this project and of libtorch side by side: processes that take turns, the same
 * weights and inputs, and results that are compared before anything is timed.
 */
@NullMarked
package org.tapeloop.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
