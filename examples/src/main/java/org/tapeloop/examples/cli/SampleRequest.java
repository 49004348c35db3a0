package org.tapeloop.examples.cli;

import java.util.Optional;
import java.util.function.Consumer;
import org.tapeloop.nn.decoding.Sampler;

/**
 * What a model is to write.
 *
 * @param prompt what to go on from
 * @param length how many symbols to draw
 * @param sampler how
 * @param seed of the draws
 * @param out takes the text, each piece as soon as it is drawn
 */
public record SampleRequest(
    Optional<String> prompt, int length, Sampler sampler, long seed, Consumer<String> out) {}
