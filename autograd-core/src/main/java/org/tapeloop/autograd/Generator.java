package org.tapeloop.autograd;

/**
 * Hands out random streams, each a new one: stream 0, 1, 2, ... of its seed.
 *
 * <p>Its whole state is two numbers, {@link #seed} and {@link #position}; save them in a checkpoint
 * and {@link #Generator(long, long)} goes on where this one stood. Not for use by several threads
 * at once.
 */
public final class Generator {
  private final long seed;
  private long position;

  /** A generator at its start. */
  public Generator(long seed) {
    this(seed, 0);
  }

  /**
   * A generator that has handed out some streams already.
   *
   * @param position how many
   * @throws IllegalArgumentException if that is negative
   */
  public Generator(long seed, long position) {
    this.seed = seed;
    this.position = requireCount(position);
  }

  /**
   * Goes on as if this many streams had been handed out: to resume where a checkpoint was made.
   *
   * @throws IllegalArgumentException if that is negative
   */
  public void seek(long position) {
    this.position = requireCount(position);
  }

  private static long requireCount(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("generator: position " + position + " is negative");
    }
    return position;
  }

  /**
   * A stream that has not been handed out before.
   *
   * @throws SymbolicTensorException while a step is traced: a plan would use one stream for all
   *     steps
   */
  public RandomStream next() {
    if (Trace.isActive()) {
      throw new SymbolicTensorException("generator: hands out a new stream at each step");
    }
    return new RandomStream(seed, position++);
  }

  /** The seed. */
  public long seed() {
    return seed;
  }

  /** How many streams have been handed out. */
  public long position() {
    return position;
  }

  @Override
  public String toString() {
    return "Generator(seed " + seed + ", position " + position + ")";
  }
}
