package org.tapeloop.nn.data;

import org.tapeloop.autograd.RandomStream;

/** Random orders. */
final class Permutation {
  private Permutation() {}

  static int[] identity(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    return order;
  }

  static int[] of(int count, RandomStream stream) {
    return of(count, stream, 0);
  }

  /** Fisher and Yates' shuffle, with the stream's numbers from an index on. */
  static int[] of(int count, RandomStream stream, long from) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = (int) (stream.uniform(from + i) * (i + 1));
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
