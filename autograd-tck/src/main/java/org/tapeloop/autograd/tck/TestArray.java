package org.tapeloop.autograd.tck;

import java.util.Arrays;
import java.util.Random;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Layout;

/**
 * An operand or output with foreign elements around it, and a memory of what stood in the flat
 * array.
 */
final class TestArray {
  private final ArrayView view;
  private final int length;
  private final int[] positions;
  private final double[] before;

  private TestArray(ArrayView view, int length) {
    this.view = view;
    this.length = length;
    this.positions = positions(view.layout());
    this.before = everything();
  }

  /** An operand: the elements around it are NaN, so that one read by mistake shows. */
  static TestArray operand(
      Precision precision, Operand operand, Arrangement arrangement, Random random) {
    return create(precision, operand, arrangement, random, Values.constant(Double.NaN));
  }

  /** An output: the elements around it are numbers, each different from its neighbours. */
  static TestArray output(
      Precision precision, Operand operand, Arrangement arrangement, Random random) {
    return create(precision, operand, arrangement, random, (r, index) -> 1000 + index % 7);
  }

  private static TestArray create(
      Precision precision,
      Operand operand,
      Arrangement arrangement,
      Random random,
      Values surroundings) {
    int[] extents = operand.extents();
    int length = arrangement.length(extents);
    ArrayView flat = precision.allocate(length);
    for (int i = 0; i < length; i++) {
      flat.set(i, surroundings.draw(random, i));
    }
    ArrayView view = flat.with(arrangement.layout(extents));
    int[] positions = positions(view.layout());
    for (int i = 0; i < positions.length; i++) {
      view.set(positions[i], operand.values().draw(random, i));
    }
    return new TestArray(view, length);
  }

  ArrayView view() {
    return view;
  }

  /** The elements of the view in row-major order. */
  double[] elements() {
    double[] elements = new double[positions.length];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = view.get(positions[i]);
    }
    return elements;
  }

  /** Overwrites the elements of the view, in row-major order. */
  void store(double... elements) {
    for (int i = 0; i < elements.length; i++) {
      view.set(positions[i], elements[i]);
    }
  }

  /** Puts back what stood in the flat array when this was made. */
  void restore() {
    for (int i = 0; i < length; i++) {
      view.set(i, before[i]);
    }
  }

  /** The first position of the flat array that changed since this was made, or -1. */
  int firstChange() {
    return Arrays.mismatch(before, everything());
  }

  /** The first position outside the view that changed since this was made, or -1. */
  int firstChangeOutside() {
    double[] now = everything();
    for (int position : positions) {
      now[position] = before[position];
    }
    return Arrays.mismatch(before, now);
  }

  private double[] everything() {
    double[] all = new double[length];
    for (int i = 0; i < length; i++) {
      all[i] = view.get(i);
    }
    return all;
  }

  /** Where the elements of a layout stand, in row-major order. */
  private static int[] positions(Layout layout) {
    int[] positions = new int[layout.size()];
    int[] index = new int[layout.rank()];
    for (int i = 0; i < positions.length; i++) {
      int position = layout.offset();
      for (int axis = 0; axis < index.length; axis++) {
        position += index[axis] * layout.stride(axis);
      }
      positions[i] = position;
      for (int axis = index.length - 1; axis >= 0; axis--) {
        if (++index[axis] < layout.extent(axis)) {
          break;
        }
        index[axis] = 0;
      }
    }
    return positions;
  }
}
