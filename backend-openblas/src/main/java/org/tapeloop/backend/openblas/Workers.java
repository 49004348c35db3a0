package org.tapeloop.backend.openblas;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A fixed pool of daemon threads that help the calling thread through numbered tasks.
 *
 * <p>Which thread runs which task is left to chance, so tasks must not depend on it. The caller
 * takes part: where the pool is busy with other callers it does all of the tasks itself, and
 * nothing can deadlock.
 */
final class Workers {
  private static final ThreadFactory DAEMONS =
      Thread.ofPlatform().daemon().name("tapeloop-openblas-", 0).factory();

  /** Set while a thread is at work on a task. */
  private static final ThreadLocal<@Nullable Boolean> INSIDE = new ThreadLocal<>();

  private final int threads;
  private final @Nullable ExecutorService pool;

  Workers(int threads) {
    this.threads = threads;
    this.pool = threads > 1 ? Executors.newFixedThreadPool(threads - 1, DAEMONS) : null;
  }

  int threads() {
    return threads;
  }

  /**
   * Runs tasks 0..count-1, each once, and returns when all are done, also where one has failed;
   * throws what the first failed one threw. Within a task it runs them on the thread of that task.
   */
  void run(int count, IntConsumer task) {
    if (pool == null || count == 1 || INSIDE.get() != null) {
      inTurn(count, task);
      return;
    }
    new Round(count, task).run(pool, Math.min(threads, count) - 1);
  }

  /** Every task on this thread, those behind a failed one too. */
  private static void inTurn(int count, IntConsumer task) {
    @Nullable Throwable failure = null;
    for (int i = 0; i < count; i++) {
      try {
        task.accept(i);
      } catch (Throwable t) { // handed to the caller, whatever it is
        failure = failure == null ? t : failure;
      }
    }
    throwOn(failure);
  }

  private static void throwOn(@Nullable Throwable failure) {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable t -> throw new IllegalStateException(t);
    }
  }

  private static final class Round {
    private final int count;
    private final IntConsumer task;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** Counts the tasks that are being worked on, and the caller. */
    private final Phaser unfinished = new Phaser(1);

    Round(int count, IntConsumer task) {
      this.count = count;
      this.task = task;
      unfinished.bulkRegister(count);
    }

    void run(ExecutorService pool, int helpers) {
      for (int i = 0; i < helpers; i++) {
        pool.execute(this::work);
      }
      work();
      unfinished.arriveAndAwaitAdvance();
      throwOn(failure.get());
    }

    private void work() {
      INSIDE.set(true);
      try {
        takeTasks();
      } finally {
        INSIDE.remove();
      }
    }

    private void takeTasks() {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        try {
          task.accept(i);
        } catch (Throwable t) { // handed to the caller, whatever it is
          failure.compareAndSet(null, t);
        } finally {
          unfinished.arrive();
        }
      }
    }
  }
}
