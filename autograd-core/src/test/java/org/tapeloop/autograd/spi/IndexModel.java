package org.tapeloop.autograd.spi;

import java.util.Arrays;
import java.util.Random;

/**
 * What a layout means, without strides: the extents and the position of every element in row-major
 * order. Each change is made by moving whole indices about.
 */
@SuppressWarnings("ArrayRecordComponent") // compared by sameAs, which looks at the contents
record IndexModel(int[] extents, int[] positions) {

  static IndexModel of(Layout layout) {
    int[] extents = layout.extents();
    int[] positions = new int[count(extents)];
    for (int i = 0; i < positions.length; i++) {
      int[] index = unravel(i, extents);
      positions[i] = layout.offset();
      for (int axis = 0; axis < extents.length; axis++) {
        positions[i] += index[axis] * layout.stride(axis);
      }
    }
    return new IndexModel(extents, positions);
  }

  /**
   * A random layout of rank 0 to 4 with small extents, sometimes stretched, flipped, permuted or
   * empty.
   */
  static Layout randomLayout(Random random) {
    int rank = random.nextInt(5);
    int[] extents = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      extents[axis] = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(4);
    }
    Layout layout = Layout.rowMajor(extents);
    if (random.nextInt(4) == 0) {
      return layout;
    }
    int[] order = permutation(rank, random);
    if (random.nextBoolean()) {
      layout = layout.permute(order);
    }
    for (int axis = 0; axis < rank; axis++) {
      int extent = layout.extent(axis);
      switch (random.nextInt(5)) {
        case 0 -> layout = layout.slice(axis, Math.max(0, extent - 1), -1, extent);
        case 1 -> layout = layout.slice(axis, 0, 2, (extent + 1) / 2);
        case 2 -> {
          if (extent > 0) {
            int[] stretched = layout.slice(axis, extent - 1, 1, 1).extents();
            stretched[axis] = 1 + random.nextInt(3);
            layout = layout.slice(axis, extent - 1, 1, 1).broadcastTo(stretched);
          }
        }
        default -> {}
      }
    }
    return layout;
  }

  static int[] permutation(int rank, Random random) {
    int[] order = new int[rank];
    for (int k = 0; k < rank; k++) {
      int other = random.nextInt(k + 1);
      order[k] = order[other];
      order[other] = k;
    }
    return order;
  }

  static int count(int[] extents) {
    return Arrays.stream(extents).reduce(1, (a, b) -> a * b);
  }

  static int[] unravel(int i, int[] extents) {
    int[] index = new int[extents.length];
    int rest = i;
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      index[axis] = rest % extents[axis];
      rest /= extents[axis];
    }
    return index;
  }

  int position(int[] index) {
    int i = 0;
    for (int axis = 0; axis < extents.length; axis++) {
      i = i * extents[axis] + index[axis];
    }
    return positions[i];
  }

  /** Where the element at an index of the result stands in this model. */
  interface Source {
    int[] of(int[] index);
  }

  IndexModel mapped(int[] newExtents, Source source) {
    int[] moved = new int[count(newExtents)];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = position(source.of(unravel(i, newExtents)));
    }
    return new IndexModel(newExtents, moved);
  }

  /** Whether some strides put the elements under other extents without moving them. */
  boolean canBeStridedAs(int[] wanted) {
    if (positions.length == 0) {
      return true;
    }
    int[] strides = new int[wanted.length];
    int weight = 1;
    for (int axis = wanted.length - 1; axis >= 0; axis--) {
      strides[axis] = wanted[axis] > 1 ? positions[weight] - positions[0] : 0;
      weight *= wanted[axis];
    }
    Layout candidate = Layout.strided(positions[0], wanted, strides);
    return Arrays.equals(of(candidate).positions, positions);
  }

  boolean sameAs(IndexModel other) {
    return Arrays.equals(extents, other.extents) && Arrays.equals(positions, other.positions);
  }

  @Override
  public String toString() {
    return Arrays.toString(extents) + " at " + Arrays.toString(positions);
  }
}
