package org.tapeloop.backend.vector;

/**
 * When copies that can be made by vectors or element by element are made by vectors.
 *
 * <p>Until C2 has compiled a method, each of its vectors is an object, and a square block of them
 * takes more than a hundred microseconds. So at first vectors copy a small share only, enough for
 * the JIT compiler to count them, and not the first: it is busy then with what cannot wait. What is
 * copied is the same.
 */
final class ColdStart {
  /** What tests prescribe. */
  enum Vectors {
    AS_COUNTED,
    ALWAYS,
    NEVER
  }

  static volatile Vectors vectors = Vectors.AS_COUNTED;

  private static final int SHARE = 16;

  /** Blocks after which C2 has a method in its queue, if it is called for a few at a time. */
  private static final int ENOUGH = 1 << 14;

  private int blocks;
  private int turn;

  /**
   * Whether vectors are to be used. Threads may be in each other's way: it is only a matter of
   * speed.
   *
   * @param count blocks that are to be copied
   */
  boolean byVectors(int count) {
    if (vectors != Vectors.AS_COUNTED) {
      return vectors == Vectors.ALWAYS;
    }
    if (blocks >= ENOUGH) {
      return true;
    }
    if (++turn % SHARE != 0) {
      return false;
    }
    blocks += count;
    return true;
  }
}
