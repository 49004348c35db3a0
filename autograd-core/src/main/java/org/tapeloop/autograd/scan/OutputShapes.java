package org.tapeloop.autograd.scan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Shape;

/** The shapes of a step's outputs, and of the outputs of several steps. */
final class OutputShapes {
  private final List<Shape> ofOneStep;

  /** For the number of steps that was asked for last. */
  private volatile @Nullable Stacked latest;

  private record Stacked(int steps, List<Shape> shapes) {}

  OutputShapes(List<Shape> ofOneStep) {
    this.ofOneStep = ofOneStep;
  }

  /** How many outputs there are. */
  int count() {
    return ofOneStep.size();
  }

  /** With time as first axis. */
  List<Shape> stacked(int steps) {
    Stacked known = latest;
    if (known == null || known.steps != steps) {
      known = new Stacked(steps, ofOneStep.stream().map(row -> stacked(steps, row)).toList());
      latest = known;
    }
    return known.shapes;
  }

  private static Shape stacked(int steps, Shape row) {
    int[] extents = new int[row.rank() + 1];
    extents[0] = steps;
    System.arraycopy(row.extents(), 0, extents, 1, row.rank());
    return Shape.of(extents);
  }
}
