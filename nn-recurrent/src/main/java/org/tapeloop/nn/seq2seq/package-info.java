/** Sequences from sequences: encoder and decoder with attention, teacher forcing, decoding. */
@NullMarked
package org.tapeloop.nn.seq2seq;

import org.jspecify.annotations.NullMarked;
