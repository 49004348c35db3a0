/** Choosing tokens by a model's scores: sampling, beam search, and what CTC's frames say. */
@NullMarked
package org.tapeloop.nn.decoding;

import org.jspecify.annotations.NullMarked;
