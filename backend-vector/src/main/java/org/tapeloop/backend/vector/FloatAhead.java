package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.MatrixPacking.Upcoming;

/**
 * What tiles read before it is needed, so that it comes from L3 or memory while they multiply:
 * parts of arrays, of which tiles read a share each, evenly and in rising order, as prefetchers
 * like it. A tile that reads multiplies more slowly, so no more of them do than it takes. There are
 * two kinds of parts.
 *
 * <p>What the product itself needs soon is shared among the next tiles, which read the parts in
 * turn. What its caller needs afterwards is read one part after the other by all tiles of the
 * product, or by every other tile where there is something of the first kind. It may come from
 * memory, and there prefetchers stop at the end of each page: a part is read at two places in turn,
 * so that a tile waits for the first lines of two pages at a time.
 */
final class FloatAhead {
  /** Parts of the product's own at most. */
  private static final int PARTS = 2;

  /** Elements of a part that is read at two places: from two pages on. */
  private static final int LARGE = 2 * 4096 / Float.BYTES;

  /** How far a tile comes in a step: it reads at every other one, and each time a line at most. */
  private static final int PER_STEP = FloatLines.PER_LINE / 2;

  /** What is read where there is nothing to be read. */
  static final float[] NOTHING = {0};

  private final float[][] arrays = {NOTHING, NOTHING};
  private final int[] next = new int[PARTS];
  private final int[] shares = new int[PARTS];
  private int parts;
  private int part;

  /** Of so many tiles whose turn it is one reads for the product, and how many do not before it. */
  private int every;

  private int wait;

  private Upcoming upcoming = Upcoming.NOTHING;

  /** The part of what the caller needs that is being read, where, and how much of it is left. */
  private int later;

  private int laterFrom;
  private int laterLength;

  /** The distance to the second place of the part, or 0; the length is that at each place. */
  private int laterHalf;

  /** How much is left of all of them, and how many tiles to read it. */
  private long leftForLater;

  private int tilesForLater;

  /** How many of the tiles whose turn it is do not read for the caller before one does. */
  private int waitForLater;

  /** Whether it was the latest tile's turn to read for the caller. */
  private boolean wasForLater;

  /** Of the latest tile, what {@link #aim} says. */
  private float[] array = NOTHING;

  private int from;
  private int pace;
  private int back;

  /** Adds elements of an array; of what lies behind its end nothing is read. */
  void add(float[] array, int from, int length) {
    arrays[parts] = array;
    next[parts] = from;
    shares[parts] = length;
    parts++;
  }

  /** Shares all parts that were added among so many tiles of so many steps. */
  void share(int tiles, int depth) {
    int turns = leftForLater > 0 ? Math.ceilDiv(tiles, 2) : tiles;
    int largest = 1;
    for (int i = 0; i < parts; i++) {
      shares[i] = Math.ceilDiv(shares[i] * parts, turns);
      largest = Math.max(largest, shares[i]);
    }
    every = Math.clamp(depth * PER_STEP / largest, 1, Math.max(1, turns / Math.max(1, parts)));
    for (int i = 0; i < parts; i++) {
      shares[i] *= every;
    }
    wait = 0;
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
    aimAtNothing();
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
    waitForLater = 0;
    nextForLater();
  }

  /** Lets go of what the caller needs. */
  void expectNothing() {
    upcoming = Upcoming.NOTHING;
    leftForLater = 0;
    aimAtNothing();
  }

  private boolean isLater(int i) {
    return upcoming.array(i) instanceof float[];
  }

  private void nextForLater() {
    while (laterLength <= 0 && ++later < upcoming.parts()) {
      if (isLater(later)) {
        laterFrom = upcoming.start(later);
        laterLength = upcoming.length(later);
        laterHalf = 0;
        if (laterLength >= LARGE) {
          laterHalf = FloatGemm.roundUp(Math.ceilDiv(laterLength, 2), FloatLines.PER_LINE);
          leftForLater += 2L * laterHalf - laterLength;
          laterLength = laterHalf;
        }
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
      aimForLater(depth);
      return;
    }
    wasForLater = false;
    if (parts == 0 || wait > 0) {
      wait--;
      aimAtNothing();
      return;
    }
    wait = every - 1;
    aim(arrays[part], next[part], 0, shares[part], depth);
    next[part] += shares[part];
    part = (part + 1) % parts;
  }

  private void aimForLater(int depth) {
    if (waitForLater > 0) {
      waitForLater--;
      aimAtNothing();
      return;
    }
    int tiles = Math.max(1, parts == 0 ? tilesForLater + 1 : tilesForLater / 2 + 1);
    int places = laterHalf > 0 ? 2 : 1;
    long share = Math.ceilDiv(leftForLater, places * tiles);
    int together = Math.clamp((long) depth * PER_STEP / (places * share), 1, tiles);
    waitForLater = together - 1;
    int read = laterLength;
    if (upcoming.array(later) instanceof float[] far) {
      int length = (int) Math.min(laterLength, together * share);
      int each = aim(far, laterFrom, laterHalf, length, depth);
      read = each > 0 ? Math.min(each, laterLength) : read;
    }
    laterFrom += read;
    laterLength -= read;
    leftForLater -= (long) places * read;
    nextForLater();
  }

  /**
   * Chooses an element of every other step, none behind the end of the array, and no two at a place
   * further apart than a line.
   *
   * @param half the distance of a second place, or 0
   * @param length of each place
   * @return how far it comes at each
   */
  private int aim(float[] far, int first, int half, int length, int depth) {
    int reads = (depth + 1) / 2;
    int steps = Math.max(1, half > 0 ? reads / 2 : reads);
    int within = Math.max(0, (far.length - first - half) / steps);
    int step = Math.min(Math.min(FloatLines.PER_LINE, within), Math.ceilDiv(length, steps));
    if (step <= 0) {
      aimAtNothing();
      return 0;
    }
    array = far;
    from = first;
    pace = half > 0 ? half : step;
    back = half > 0 ? step - half : step;
    return step * steps;
  }

  private void aimAtNothing() {
    array = NOTHING;
    from = 0;
    pace = 0;
    back = 0;
  }

  /** The array that the tile reads. */
  float[] array() {
    return array;
  }

  /** The first element that it reads. */
  int from() {
    return from;
  }

  /** From what it reads first to the second, and so on in turn; 0 if it reads nothing. */
  int pace() {
    return pace;
  }

  /** From what it reads second to the third, and so on in turn. */
  int back() {
    return back;
  }
}
