package org.tapeloop.autograd.scan;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.tapeloop.autograd.spi.Backend;

/**
 * Work in phases, each of the same number of items, all of which are done before the next phase
 * begins.
 *
 * <p>Item i belongs to the i-th thread, so that what it reads stays in the cache of one core. A
 * thread that is done with its own also takes those that nobody has begun. So the work is finished
 * by one thread where the others are busy elsewhere, and a barrier never waits for a thread that
 * has not come. It waits by spinning: a phase is expected to take some microseconds.
 */
final class Phases {
  /** Looks at the counter before the processor is left to others: some hundred microseconds. */
  private static final int SPINS = 4000;

  /** Nanoseconds between two looks then. */
  private static final long NAP = 10_000;

  /** Counters in a cache line. */
  private static final int LINE = 16;

  /** Work on one item of one phase. */
  @FunctionalInterface
  interface Work {
    void run(int phase, int item);
  }

  /** What runs tasks, as {@link Backend#runAll} does. */
  @FunctionalInterface
  interface Threads {
    void runAll(int tasks, IntConsumer task);
  }

  private final int phases;
  private final int items;
  private final Work work;

  /** For each item the number of its phases that have been begun, each in a cache line. */
  private final AtomicIntegerArray begun;

  /** Items of all phases that are done. */
  private final AtomicLong done = new AtomicLong();

  private volatile boolean failed;

  private Phases(int phases, int items, Work work) {
    this.phases = phases;
    this.items = items;
    this.work = work;
    this.begun = new AtomicIntegerArray(items * LINE);
  }

  /** Runs all items of all phases; throws what one of them threw, after which no phase begins. */
  static void run(Threads threads, int phases, int items, Work work) {
    threads.runAll(items, new Phases(phases, items, work)::takePart);
  }

  private void takePart(int own) {
    for (int phase = 0; phase < phases && !failed; phase++) {
      for (int i = 0; i < items; i++) {
        int item = (own + i) % items;
        if (begun.get(item * LINE) == phase && begun.compareAndSet(item * LINE, phase, phase + 1)) {
          run(phase, item);
        }
      }
      await((phase + 1L) * items);
    }
  }

  private void run(int phase, int item) {
    boolean ended = false;
    try {
      work.run(phase, item);
      ended = true;
    } finally {
      failed |= !ended;
      done.incrementAndGet();
    }
  }

  private void await(long count) {
    for (int spin = 0; done.get() < count && !failed; spin++) {
      if (spin < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(NAP);
      }
    }
  }
}
