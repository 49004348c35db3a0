package org.tapeloop.autograd.scan;

import java.util.function.Consumer;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.FloatView;

/**
 * How {@link AssociativeScan} goes through dense arrays: in one pass, bound by memory or by the
 * latency of a product and a sum a step where there are few columns. Threads share the columns,
 * which changes no bit.
 *
 * <p>One or two columns of very many real numbers are cut into chunks of time, four of which run
 * side by side in registers and hide each other's latency. What a chunk starts from follows from
 * the chunks before: from what each gives when it starts from 0, and the product of its factors.
 * That is twice the arithmetic, so it pays only where latency is what is waited for.
 *
 * @param time T
 * @param size the elements of each step
 * @param half for complex numbers, how many real parts stand before the imaginary ones; 0 for real
 * @param backend whose threads share the work
 */
record RecurrenceLoops(int time, int size, int half, Backend backend) {
  /** From this many steps on, and up to {@link #NARROW} real numbers a step, time is cut. */
  static final int LONG = 4096;

  static final int NARROW = 2;

  /** Chunks that run side by side. */
  private static final int GROUP = 4;

  private static final int MOST_GROUPS = 16;

  /** The least that a thread takes: a cache line of floats a step, and some ten microseconds. */
  private static final int LEAST_COLUMNS = 16;

  private static final int LEAST_WORK = 1 << 15;

  /** The elements of each step that one call computes. */
  record Columns(int from, int to) {}

  /**
   * The rows of a dense array, one a step, in the order in which they are gone through.
   *
   * @param first where the first begins
   * @param stride from one to the next; 0 where all steps have the same
   */
  record Rows(ArrayView view, int first, int stride) {

    /** A dense array [T, ...] or [...] with {@code size} elements a step. */
    static Rows of(ArrayView view, int size) {
      int stride = view.layout().size() == size ? 0 : size;
      return new Rows(view, view.layout().offset(), stride);
    }

    int at(int step) {
      return first + step * stride;
    }

    /** Those from a step on. */
    Rows from(int step) {
      return new Rows(view, at(step), stride);
    }

    /** Those from a step back to the first. */
    Rows backFrom(int step) {
      return new Rows(view, at(step), -stride);
    }
  }

  /** Loops over arrays of one element type. */
  interface Kernels {
    /**
     * {@code h_t = a_t h_(t-1) + b_t}, where {@code state} holds h_(t-1) before and h_t afterwards.
     *
     * @param sign what the imaginary parts of a are multiplied by
     */
    void run(Rows a, int sign, Rows b, Rows h, Rows state, int steps, Columns columns);

    /** {@code p_t = conj(before_t) l_t}. */
    void pairs(Rows before, Rows l, Rows p, int steps, Columns columns);

    /**
     * What four chunks of real numbers, from {@code chunk} on, give if they start from 0, and the
     * products of their factors.
     */
    void ends(Rows a, Rows b, int steps, int chunk, int size, Rows own, Rows product);

    /** Runs four chunks of real numbers from their starts. */
    void runFour(Rows a, Rows b, Rows h, int steps, int chunk, int size, Rows starts);
  }

  private Kernels kernels(Rows out) {
    return out.view instanceof FloatView ? new FloatRecurrence(half) : new DoubleRecurrence(half);
  }

  /** {@code h_t = a_t h_(t-1) + b_t}. */
  void forward(Rows a, Rows b, Rows initial, Rows h) {
    Rows state = rows(h, 1);
    copyRow(initial, state);
    run(a, 1, b, h, state, time);
  }

  /** {@code l_t = conj(a_(t+1)) l_(t+1) + g_t}, where nothing follows the last step. */
  void backward(Rows a, Rows g, Rows l) {
    int last = time - 1;
    Rows state = rows(l, 1);
    copyRow(g.from(last), state);
    copyRow(state, l.from(last));
    run(a.backFrom(last), -1, g.backFrom(last - 1), l.backFrom(last - 1), state, last);
  }

  /** {@code p_t = conj(h_(t-1)) l_t}. */
  void pairs(Rows h, Rows initial, Rows l, Rows p) {
    Kernels kernels = kernels(p);
    share(
        columns -> {
          kernels.pairs(initial, l, p, 1, columns);
          kernels.pairs(h, l.from(1), p.from(1), time - 1, columns);
        });
  }

  private void run(Rows a, int sign, Rows b, Rows h, Rows state, int steps) {
    Kernels kernels = kernels(h);
    int done = half == 0 && size <= NARROW && steps >= LONG ? chunks(a, b, h, state, steps) : 0;
    share(
        columns ->
            kernels.run(
                a.from(done), sign, b.from(done), h.from(done), state, steps - done, columns));
  }

  /** Runs all chunks, and returns how many steps that were; the state is then that of the last. */
  private int chunks(Rows a, Rows b, Rows h, Rows state, int steps) {
    int groups = Math.min(MOST_GROUPS, steps / LONG);
    int chunks = groups * GROUP;
    int length = steps / chunks;
    Kernels kernels = kernels(h);
    Rows own = rows(h, chunks);
    Rows product = rows(h, chunks);
    backend.runAll(groups, i -> kernels.ends(a, b, length, i * GROUP, size, own, product));
    Rows starts = starts(own, product, state, chunks);
    backend.runAll(groups, i -> kernels.runFour(a, b, h, length, i * GROUP, size, starts));
    copyRow(starts.from(chunks), state);
    return chunks * length;
  }

  /** What each chunk starts from, and in the last row where the last one ends. */
  private Rows starts(Rows own, Rows product, Rows initial, int chunks) {
    Rows starts = rows(initial, chunks + 1);
    copyRow(initial, starts);
    for (int i = 0; i < chunks * size; i++) {
      double start = starts.view.get(i);
      // A product beyond the range of numbers is nothing to a chunk that starts from 0.
      double carried = start == 0 ? 0 : product.view.get(i) * start;
      starts.view.set(i + size, own.view.get(i) + carried);
    }
    return starts;
  }

  /** Zeros for some rows. */
  private Rows rows(Rows like, int count) {
    return new Rows(like.view.allocate(count * size), 0, size);
  }

  private void copyRow(Rows from, Rows to) {
    for (int j = 0; j < size; j++) {
      to.view.set(to.first + j, from.view.get(from.first + j));
    }
  }

  /** Shares of the columns, of complex numbers of groups of 2 half, as many as are worth it. */
  private void share(Consumer<Columns> task) {
    int unit = Math.max(1, 2 * half);
    int units = size / unit;
    long worth = Math.min(size / LEAST_COLUMNS, (long) time * size / LEAST_WORK);
    int shares = Math.clamp(Math.min(worth, units), 1, backend.threads());
    backend.runAll(
        shares,
        i -> task.accept(new Columns(units * i / shares * unit, units * (i + 1) / shares * unit)));
  }
}
