/** Output layers for large vocabularies: tied, adaptive and sampled softmax. */
@NullMarked
package org.tapeloop.nn.softmax;

import org.jspecify.annotations.NullMarked;
