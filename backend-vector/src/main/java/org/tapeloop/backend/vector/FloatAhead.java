package org.tapeloop.backend.vector;

/**
 * What tiles of copied rows read before it is needed, so that it comes from L3 or memory while they
 * multiply: parts of arrays, of which the tiles in turn read a share, evenly and in rising order,
 * as prefetchers like it.
 */
final class FloatAhead {
  /** Parts at most. */
  private static final int PARTS = 2;

  /** What is read where there is nothing to be read. */
  static final float[] NOTHING = {0};

  private final float[][] arrays = {NOTHING, NOTHING};
  private final int[] next = new int[PARTS];
  private final int[] shares = new int[PARTS];
  private int parts;
  private int part;

  /** Adds elements of an array; of what lies behind its end nothing is read. */
  void add(float[] array, int from, int length) {
    arrays[parts] = array;
    next[parts] = from;
    shares[parts] = length;
    parts++;
  }

  /** Shares all parts among so many tiles. */
  void share(int tiles) {
    for (int i = 0; i < parts; i++) {
      shares[i] = Math.ceilDiv(shares[i] * parts, tiles);
    }
  }

  /** The array of which a tile reads its share. */
  float[] array() {
    return arrays[part];
  }

  /** The first element that a tile of so many steps reads. */
  int from(int depth) {
    return pace(depth) > 0 ? next[part] : 0;
  }

  /**
   * The distance to what it reads in the next step, a line at most; 0 if its share is none or not
   * within the array.
   */
  int pace(int depth) {
    int pace = Math.min(FloatLines.PER_LINE, Math.ceilDiv(shares[part], Math.max(1, depth)));
    return next[part] + pace * depth <= arrays[part].length ? pace : 0;
  }

  /** Goes on to the next tile. */
  void advance() {
    if (parts > 0) {
      next[part] += shares[part];
      part = (part + 1) % parts;
    }
  }

  /** Lets go of all parts. */
  void clear() {
    for (int i = 0; i < parts; i++) {
      arrays[i] = NOTHING;
      next[i] = 0;
      shares[i] = 0;
    }
    parts = 0;
    part = 0;
  }
}
