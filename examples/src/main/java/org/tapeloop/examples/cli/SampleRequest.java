package org.tapeloop.examples.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.tapeloop.nn.decoding.Sampler;

/**
 * What a model is to write.
 *
 * @param prompt what to go on from: text, or the name of a file of music
 * @param promptLength how much of it to read at most
 * @param length how many symbols to draw
 * @param sampler how
 * @param seed of the draws
 * @param tunes how many tunes to draw, where one is chosen from several
 * @param free whether tunes may have bars of any length
 * @param files what files are called, without the ends of their names
 * @param out takes the text, each piece as soon as it is drawn
 */
public record SampleRequest(
    Optional<String> prompt,
    OptionalInt promptLength,
    int length,
    Sampler sampler,
    long seed,
    int tunes,
    boolean free,
    Path files,
    Consumer<String> out) {}
