package org.tapeloop.backend.vector;

/**
 * Room whose vectors do not straddle cache lines, for operands that are read again and again: a
 * vector of 512 bits that does costs two reads, and takes an Intel core's L2 longer than it takes
 * to multiply.
 *
 * <p>Where the garbage collector puts an array cannot be chosen. But G1 and ZGC put large ones at
 * the start of a region, and the elements of an array begin 16 bytes behind that; so the element
 * {@link #FIRST} of a large array begins a line. Small rooms share one such array. With another
 * collector vectors stand as they happen to: results are the same.
 */
final class FloatLines {
  private static final int LINE = 64;
  private static final int HEADER = 16;

  /** The first element that begins a line. */
  static final int FIRST = (LINE - HEADER) / Float.BYTES;

  /** Elements of an array that G1 takes for large in heaps of up to 16 GiB. */
  private static final int LARGE = 1 << 20;

  /** Elements of a line. */
  static final int PER_LINE = LINE / Float.BYTES;

  private static float[] shared = {};
  private static int used;

  /** The array that the room is in, maybe with others. */
  final float[] array;

  /** Its first element. */
  final int start;

  private FloatLines(float[] array, int start) {
    this.array = array;
    this.start = start;
  }

  /** An array of its own, with room for a size from {@link #FIRST} on. */
  static float[] array(int size) {
    return new float[Math.max(Math.addExact(size, FIRST), LARGE)];
  }

  /** Room for a size, from the start of a line. */
  static synchronized FloatLines room(int size) {
    if (size > LARGE / 2) {
      return new FloatLines(array(size), FIRST);
    }
    if (used + size > shared.length) {
      shared = array(0);
      used = FIRST;
    }
    FloatLines room = new FloatLines(shared, used);
    used += FloatGemm.roundUp(size, PER_LINE);
    return room;
  }
}
