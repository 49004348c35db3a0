package org.tapeloop.nn;

/**
 * The states of both directions of a {@link Bidirectional} layer.
 *
 * @param forward after each sequence's last step
 * @param backward after each sequence's first step, where the backward direction ends
 */
public record Directions<S>(S forward, S backward) {}
