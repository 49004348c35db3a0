/**
 * Layers of this project beside those of libtorch and ONNX Runtime: processes that take turns, the
 * same weights and inputs, and results that are compared before anything is timed.
 */
@NullMarked
package org.tapeloop.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
