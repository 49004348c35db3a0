/** Sequences rewritten as others by an encoder and a decoder with attention. */
@NullMarked
package org.tapeloop.examples.seq2seq;

import org.jspecify.annotations.NullMarked;
