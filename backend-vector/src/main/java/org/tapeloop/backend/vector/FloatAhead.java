package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.MatrixPacking.Upcoming;

/**
 * What tiles read before it is needed, so that it comes from L3 or memory while they multiply:
 * parts of arrays, of which each tile reads a share, evenly and in rising order, as prefetchers
 * like it. There are two kinds of them.
 *
 * <p>What the product itself needs soon is shared among the next tiles, which read the parts in
 * turn. What its caller needs afterwards is read one part after the other by all tiles of the
 * product, or by every other tile where there is something of the first kind.
 */
final class FloatAhead {
  /** Parts of the product's own at most. */
  private static final int PARTS = 2;

  /** What is read where there is nothing to be read. */
  static final float[] NOTHING = {0};

  private final float[][] arrays = {NOTHING, NOTHING};
  private final int[] next = new int[PARTS];
  private final int[] shares = new int[PARTS];
  private int parts;
  private int part;

  private Upcoming upcoming = Upcoming.NOTHING;

  /** The part of what the caller needs that is being read, where, and how much of it is left. */
  private int later;

  private int laterFrom;
  private int laterLength;

  /** How much is left of all of them, and how many tiles to read it. */
  private long leftForLater;

  private int tilesForLater;

  /** Whether the latest tile has read for the caller. */
  private boolean wasForLater;

  /** Of the latest tile, what {@link #aim} says. */
  private float[] array = NOTHING;

  private int from;
  private int pace;

  /** Adds elements of an array; of what lies behind its end nothing is read. */
  void add(float[] array, int from, int length) {
    arrays[parts] = array;
    next[parts] = from;
    shares[parts] = length;
    parts++;
  }

  /** Shares all parts that were added among so many tiles. */
  void share(int tiles) {
    int turns = leftForLater > 0 ? Math.ceilDiv(tiles, 2) : tiles;
    for (int i = 0; i < parts; i++) {
      shares[i] = Math.ceilDiv(shares[i] * parts, turns);
    }
  }

  /** Lets go of all parts that were added. */
  void clear() {
    for (int i = 0; i < parts; i++) {
      arrays[i] = NOTHING;
      next[i] = 0;
      shares[i] = 0;
    }
    parts = 0;
    part = 0;
    aim(NOTHING, 0, 0, 1);
  }

  /** Takes what the caller of a product needs when its tiles, about so many, are done. */
  void expect(Upcoming upcoming, int tiles) {
    this.upcoming = upcoming;
    tilesForLater = tiles;
    leftForLater = 0;
    for (int i = 0; i < upcoming.parts(); i++) {
      leftForLater += isLater(i) ? upcoming.length(i) : 0;
    }
    later = -1;
    laterLength = 0;
    wasForLater = false;
    nextForLater();
  }

  /** Lets go of what the caller needs. */
  void expectNothing() {
    upcoming = Upcoming.NOTHING;
    leftForLater = 0;
    aim(NOTHING, 0, 0, 1);
  }

  private boolean isLater(int i) {
    return upcoming.array(i) instanceof float[];
  }

  private void nextForLater() {
    while (laterLength <= 0 && ++later < upcoming.parts()) {
      if (isLater(later)) {
        laterFrom = upcoming.start(later);
        laterLength = upcoming.length(later);
      }
    }
    if (laterLength <= 0) {
      leftForLater = 0;
    }
  }

  /** Chooses what the next tile reads, one of so many steps. */
  void aim(int depth) {
    tilesForLater--;
    if (leftForLater > 0 && (parts == 0 || !wasForLater)) {
      wasForLater = true;
      int tiles = Math.max(1, parts == 0 ? tilesForLater + 1 : tilesForLater / 2 + 1);
      int share = (int) Math.min(laterLength, Math.ceilDiv(leftForLater, tiles));
      if (upcoming.array(later) instanceof float[] far) {
        aim(far, laterFrom, share, depth);
      }
      int read = pace > 0 ? (int) Math.min((long) pace * depth, laterLength) : laterLength;
      laterFrom += read;
      laterLength -= read;
      leftForLater -= read;
      nextForLater();
    } else {
      wasForLater = false;
      aim(arrays[part], next[part], shares[part], depth);
      if (parts > 0) {
        next[part] += shares[part];
        part = (part + 1) % parts;
      }
    }
  }

  /** An element a step, none behind the end of the array, and no two further apart than a line. */
  private void aim(float[] far, int first, int length, int depth) {
    int steps = Math.max(1, depth);
    int within = Math.max(0, (far.length - first) / steps);
    pace = Math.min(Math.min(FloatLines.PER_LINE, within), Math.ceilDiv(length, steps));
    array = pace > 0 ? far : NOTHING;
    from = pace > 0 ? first : 0;
  }

  /** The array that the tile reads. */
  float[] array() {
    return array;
  }

  /** The first element that it reads. */
  int from() {
    return from;
  }

  /** The distance to what it reads in the next step, a line at most. */
  int pace() {
    return pace;
  }
}
