package org.tapeloop.examples.tasks;

import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** A problem whose sequences are made as they are needed. */
interface Task {

  /** Its name on the command line. */
  String name();

  /** What it asks, in a line. */
  String description();

  /** What the loss is, in words. */
  String measure();

  /** The loss of an answer that knows nothing of the sequence; the best loss is 0. */
  double blind();

  /** Features of a step. */
  int inputs();

  /** Numbers, or scores of classes, that are wanted of a step. */
  int outputs();

  /** Sequences side by side, the same for the same dice. */
  Batch batch(Dice dice, int size);

  /**
   * Sequences and what is asked of them.
   *
   * @param x [T, B, I]
   * @param answers to their questions
   */
  record Batch(Tensor x, Answers answers) {}

  /** Symbols [T, B], in the order of an array, as vectors with a single 1: [T, B, symbols]. */
  static Tensor oneHot(int[] symbols, int batch, int count) {
    float[] x = new float[symbols.length * count];
    for (int i = 0; i < symbols.length; i++) {
      if (symbols[i] >= 0) {
        x[i * count + symbols[i]] = 1;
      }
    }
    return Tensor.of(Shape.of(symbols.length / batch, batch, count), x);
  }

  /** Numbers as a tensor of floats. */
  static Tensor numbers(double[] values, int... extents) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return Tensor.of(Shape.of(extents), floats);
  }
}
