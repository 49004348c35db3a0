package org.tapeloop.autograd.scan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Shape;

/** The shapes of what a step gives, and of what several steps give. */
final class OutputShapes {
  private final List<Shape> outputs;
  private final List<Shape> states;

  /** For the number of steps that was asked for last. */
  private volatile @Nullable Stacked latest;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Stacked(int steps, Shape[] shapes) {}

  /**
   * @param outputs of one step
   * @param states which steps do not change
   */
  OutputShapes(List<Shape> outputs, List<Shape> states) {
    this.outputs = outputs;
    this.states = states;
  }

  /** How many outputs there are. */
  int count() {
    return outputs.size();
  }

  /** Of the outputs, with time as first axis, and then of the last states; for reading only. */
  Shape[] after(int steps) {
    Stacked known = latest;
    if (known == null || known.steps != steps) {
      Shape[] shapes = new Shape[outputs.size() + states.size()];
      for (int i = 0; i < shapes.length; i++) {
        int state = i - outputs.size();
        shapes[i] = state < 0 ? stacked(steps, outputs.get(i)) : states.get(state);
      }
      known = new Stacked(steps, shapes);
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
