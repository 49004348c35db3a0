package org.tapeloop.nn.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.tapeloop.autograd.RandomStream;

/**
 * Passes over a data set in batches of at most B items; the last of a pass has what is left.
 *
 * <p>The order of a pass is given by the items, or by seed and pass number where it is shuffled;
 * {@link #pass} and {@link #position} are all that a checkpoint needs.
 *
 * @param <E> an item
 */
public final class Batches<E> implements Iterator<List<E>> {
  private final List<E> items;
  private final int batchSize;
  private final boolean shuffled;
  private final long seed;
  private int pass;
  private int position;
  private int[] order;

  private Batches(List<E> items, int batchSize, boolean shuffled, long seed) {
    if (items.isEmpty()) {
      throw new IllegalArgumentException("batches: there are no items");
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "batches: the batch size must be at least 1, not " + batchSize);
    }
    this.items = List.copyOf(items);
    this.batchSize = batchSize;
    this.shuffled = shuffled;
    this.seed = seed;
    this.order = orderOf(0);
  }

  /** The items in their order in every pass. */
  public static <E> Batches<E> inOrder(List<E> items, int batchSize) {
    return new Batches<>(items, batchSize, false, 0);
  }

  /**
   * The items in another random order in each pass.
   *
   * @param seed one that no generator of the run has, so that the order depends on nothing else
   */
  public static <E> Batches<E> shuffled(List<E> items, int batchSize, long seed) {
    return new Batches<>(items, batchSize, true, seed);
  }

  /** Number of batches in a pass. */
  public int count() {
    return Math.ceilDiv(items.size(), batchSize);
  }

  /** The number of this pass, from 0. */
  public int pass() {
    return pass;
  }

  /** How many batches of this pass have been handed out. */
  public int position() {
    return position;
  }

  /**
   * Goes to a pass and a position in it.
   *
   * @throws IllegalArgumentException if there is none such
   */
  public void seek(int pass, int position) {
    if (pass < 0 || position < 0 || position > count()) {
      throw new IllegalArgumentException(
          "batches: pass %d, position %d does not exist; a pass has %d batches"
              .formatted(pass, position, count()));
    }
    this.pass = pass;
    this.position = position;
    this.order = orderOf(pass);
  }

  /** Begins the next pass. */
  public void nextPass() {
    seek(pass + 1, 0);
  }

  @Override
  public boolean hasNext() {
    return position < count();
  }

  /**
   * The next batch of this pass.
   *
   * @throws NoSuchElementException at the end of the pass
   */
  @Override
  public List<E> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("batches: the pass is over after " + count());
    }
    List<E> batch = new ArrayList<>();
    int from = position * batchSize;
    for (int i = from; i < Math.min(from + batchSize, order.length); i++) {
      batch.add(items.get(order[i]));
    }
    position++;
    return batch;
  }

  /** Fisher and Yates' shuffle, drawn from a stream of its own for each pass. */
  private int[] orderOf(int pass) {
    int[] drawn = new int[items.size()];
    RandomStream stream = new RandomStream(seed, pass);
    for (int i = 0; i < drawn.length; i++) {
      int j = shuffled ? (int) (stream.uniform(i) * (i + 1)) : i;
      drawn[i] = drawn[j];
      drawn[j] = i;
    }
    return drawn;
  }
}
