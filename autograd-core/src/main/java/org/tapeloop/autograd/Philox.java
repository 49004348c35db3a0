package org.tapeloop.autograd;

/**
 * The counter-based generator Philox4x32 with ten rounds: a keyed bijection of 128-bit counters
 * whose outputs pass for independent random bits.
 *
 * <p>Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
 * section 4.3.
 */
final class Philox {
  /** 32-bit words in one block of output. */
  static final int WORDS = 4;

  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;

  /** Added to the key after each round: the golden ratio and the square root of 3, less 1. */
  private static final int WEYL_0 = 0x9E3779B9;

  private static final int WEYL_1 = 0xBB67AE85;
  private static final long LOW = 0xFFFFFFFFL;

  private Philox() {}

  /**
   * The blocks with counters {@code (first, high)}, {@code (first + 1, high)}, ... under a key,
   * until the array is full.
   *
   * @param first the low 64 bits of the first counter
   * @param high the high 64 bits of every counter
   * @param out its length is a multiple of {@link #WORDS}
   */
  static void fill(long key, long high, long first, int[] out) {
    for (int at = 0; at < out.length; at += WORDS) {
      block(key, high, first + at / WORDS, out, at);
    }
  }

  /** The block of one counter, written to four words from {@code at}. */
  static void block(long key, long high, long low, int[] out, int at) {
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    int c0 = (int) low;
    int c1 = (int) (low >>> 32);
    int c2 = (int) high;
    int c3 = (int) (high >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & LOW);
      long product1 = MULTIPLIER_1 * (c2 & LOW);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
  }
}
