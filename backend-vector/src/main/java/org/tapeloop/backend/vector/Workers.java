package org.tapeloop.backend.vector;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one backend: daemons, at most as many as asked for less the caller's own, gone
 * after half a minute without work.
 *
 * <p>The caller works too, and tasks are taken one by one by whoever is free. So a call never waits
 * for a thread that is busy elsewhere, calls from several threads share the pool, and a task may
 * itself call {@link #run}, which then stays on its thread. Waking a thread takes 5 to 50
 * microseconds: a kernel asks for help only where its work is several times that.
 */
final class Workers {
  /** How often a thread looks before it sleeps: about as long as it takes to be woken. */
  private static final int SPINS = 4000;

  /** The caller's thread alone. */
  static final Workers CALLER = new Workers(1);

  /** Set while a thread is at work on a task. */
  private static final ThreadLocal<@Nullable Boolean> INSIDE = new ThreadLocal<>();

  private final int threads;
  private final @Nullable ThreadPoolExecutor pool;

  Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads + " is below 1");
    }
    this.threads = threads;
    this.pool = threads == 1 ? null : pool(threads - 1);
  }

  private static ThreadPoolExecutor pool(int size) {
    var number = new AtomicInteger();
    var pool =
        new ThreadPoolExecutor(
            size,
            size,
            30,
            TimeUnit.SECONDS,
            new Jobs(),
            body -> {
              var thread = new Thread(body, "tapeloop-vector-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Jobs that are waited for by looking first. The kernels of a training step follow one another
   * within microseconds, and to be woken for each takes longer than that.
   */
  private static final class Jobs extends LinkedBlockingQueue<Runnable> {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable Runnable poll(long timeout, TimeUnit unit) throws InterruptedException {
      for (int spin = 0; spin < SPINS; spin++) {
        Runnable job = poll();
        if (job != null) {
          return job;
        }
        Thread.onSpinWait();
      }
      return super.poll(timeout, unit);
    }
  }

  int threads() {
    return threads;
  }

  /**
   * Runs {@code task} for 0..tasks-1 in any order and returns when all are done, those behind a
   * failed one too; throws what the first failed one threw. Within a task it runs them on the
   * thread of that task.
   */
  void run(int tasks, IntConsumer task) {
    ThreadPoolExecutor helpers = pool;
    if (helpers == null || tasks <= 1 || INSIDE.get() != null) {
      inTurn(tasks, task);
      return;
    }
    var job = new Job(tasks, task);
    for (int i = Math.min(threads, tasks) - 1; i > 0; i--) {
      helpers.execute(job);
    }
    job.run();
    job.await();
  }

  /** Every task on this thread, those behind a failed one too. */
  private static void inTurn(int tasks, IntConsumer task) {
    @Nullable Throwable failure = null;
    for (int i = 0; i < tasks; i++) {
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

  /** One call of {@link #run}: a counter of tasks taken and one of tasks done. */
  private static final class Job implements Runnable {
    private final int tasks;
    private final IntConsumer task;
    private final Thread caller = Thread.currentThread();
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(int tasks, IntConsumer task) {
      this.tasks = tasks;
      this.task = task;
    }

    @Override
    public void run() {
      INSIDE.set(true);
      try {
        takeTasks();
      } finally {
        INSIDE.remove();
      }
    }

    private void takeTasks() {
      for (int i = taken.getAndIncrement(); i < tasks; i = taken.getAndIncrement()) {
        try {
          task.accept(i);
        } catch (Throwable t) { // handed to the caller, whatever it is
          failure.compareAndSet(null, t);
        }
        if (done.incrementAndGet() == tasks) {
          LockSupport.unpark(caller);
        }
      }
    }

    void await() {
      for (int spin = 0; spin < SPINS && done.get() < tasks; spin++) {
        Thread.onSpinWait();
      }
      boolean interrupted = false;
      while (done.get() < tasks) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      throwOn(failure.get());
    }
  }
}
