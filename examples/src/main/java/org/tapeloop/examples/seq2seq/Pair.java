package org.tapeloop.examples.seq2seq;

/**
 * A sequence and what it is to be rewritten as.
 *
 * @param source what is read
 * @param target what is written
 */
record Pair(String source, String target) {}
