package org.tapeloop.examples.language;

/**
 * A text as symbols, in two parts.
 *
 * @param description what it is, in a line
 * @param digest its fingerprint
 * @param symbols what its numbers stand for
 * @param training the part to learn from
 * @param heldOut the part to be judged by
 */
@SuppressWarnings("ArrayRecordComponent") // texts are long, and are not compared
public record TokenText(
    String description, String digest, Symbols symbols, int[] training, int[] heldOut) {}
