package org.tapeloop.examples.experiment;

/**
 * How a model is trained.
 *
 * @param optimisation takes the steps
 * @param schedule of the learning rate
 * @param clip the norm that the gradients together are scaled down to
 */
public record Recipe(Optimisation optimisation, Schedule schedule, double clip) {}
