package org.tapeloop.nn.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.RandomStream;

/**
 * Passes over a data set in batches of at most B items; one batch of a pass has what is left.
 *
 * <p>The order of a pass is given by the items, or by seed and pass number where it is shuffled;
 * The number of the pass and {@link #position} are all that a checkpoint needs. {@link Padded}
 * makes tensors of a batch of sequences.
 *
 * @param <E> an item
 */
public final class Batches<E> extends Passes<List<E>> {
  private final List<E> items;
  private final int batchSize;
  private final Order order;

  /** The items of each batch of this pass, by index. */
  private int[][] batches = {};

  /** What is in the batches of a pass. */
  @FunctionalInterface
  private interface Order {
    int[][] batches(int pass);
  }

  private Batches(List<E> items, int batchSize, @Nullable Order order) {
    super("batches");
    if (items.isEmpty()) {
      throw new IllegalArgumentException("batches: there are no items");
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "batches: the batch size must be at least 1, not " + batchSize);
    }
    this.items = List.copyOf(items);
    this.batchSize = batchSize;
    int[] inOrder = Permutation.identity(items.size());
    this.order = order == null ? pass -> cut(inOrder, batchSize) : order;
    arrange(0);
  }

  /** The items in their order in every pass. */
  public static <E> Batches<E> inOrder(List<E> items, int batchSize) {
    return new Batches<>(items, batchSize, null);
  }

  /**
   * The items in another random order in each pass.
   *
   * @param seed one that no generator of the run has, so that the order depends on nothing else
   */
  public static <E> Batches<E> shuffled(List<E> items, int batchSize, long seed) {
    return new Batches<>(
        items,
        batchSize,
        pass -> cut(Permutation.of(items.size(), new RandomStream(seed, pass)), batchSize));
  }

  /**
   * Batches of items of similar length, so that little is padding, in another random order in each
   * pass: the items are shuffled and dealt into pools of {@code poolSize} batches, each pool is
   * sorted by length and cut into batches, and the batches of all pools are shuffled.
   *
   * @param length of an item
   * @param poolSize in batches: the larger, the less padding, and the less chance in which items
   *     meet
   * @param seed one that no generator of the run has
   */
  public static <E> Batches<E> bucketed(
      List<E> items, ToIntFunction<? super E> length, int batchSize, int poolSize, long seed) {
    if (poolSize < 1) {
      throw new IllegalArgumentException(
          "batches: a pool must have at least 1 batch, not " + poolSize);
    }
    int[] lengths = items.stream().mapToInt(length).toArray();
    return new Batches<>(
        items,
        batchSize,
        pass -> buckets(lengths, batchSize, poolSize, new RandomStream(seed, pass)));
  }

  private static int[][] buckets(int[] lengths, int batchSize, int poolSize, RandomStream stream) {
    int[] shuffled = Permutation.of(lengths.length, stream);
    long pool = Math.min((long) batchSize * poolSize, lengths.length);
    List<int[]> batches = new ArrayList<>();
    for (int[] items : cut(shuffled, (int) pool)) {
      int[] sorted =
          Arrays.stream(items)
              .boxed()
              .sorted(Comparator.comparingInt(item -> lengths[item]))
              .mapToInt(Integer::intValue)
              .toArray();
      batches.addAll(List.of(cut(sorted, batchSize)));
    }
    int[] order = Permutation.of(batches.size(), stream, lengths.length);
    return Arrays.stream(order).mapToObj(batches::get).toArray(int[][]::new);
  }

  private static int[][] cut(int[] items, int size) {
    int[][] parts = new int[Math.ceilDiv(items.length, size)][];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = Arrays.copyOfRange(items, i * size, Math.min((i + 1) * size, items.length));
    }
    return parts;
  }

  /** Number of batches in a pass. */
  @Override
  public int count() {
    return batches.length;
  }

  @Override
  void arrange(int pass) {
    batches = order.batches(pass);
  }

  @Override
  List<E> at(int position) {
    List<E> batch = new ArrayList<>();
    for (int item : batches[position]) {
      batch.add(items.get(item));
    }
    return batch;
  }

  @Override
  public String toString() {
    return "batches of %d of %d items: pass %d, position %d of %d"
        .formatted(batchSize, items.size(), pass(), position(), count());
  }
}
