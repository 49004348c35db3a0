package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntFunction;
import org.tapeloop.autograd.spi.Backend;

/** Section 9 of the contract: {@link Backend#runAll}. */
class TaskClauses extends ClauseGroup {
  private static final int[] COUNTS = {0, 1, 2, 3, 4, 5, 17, 100};
  private static final int[] ONCE_OF_SEVENTEEN = once(17);
  private static final long PATIENCE_SECONDS = 20;

  /** Calls that never return must not keep the JVM alive. */
  private static final ThreadFactory DAEMONS = Thread.ofPlatform().daemon().factory();

  TaskClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("9.1")
  void everyTaskRunsOnceBeforeTheCallReturns() {
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
      Backend backend = backend(threads);
      for (int tasks : COUNTS) {
        var runs = new AtomicIntegerArray(tasks);
        backend.runAll(tasks, runs::incrementAndGet);
        assertRanOnce(runs, threads);
      }
    }
  }

  @Clause("9.2")
  void aFailureIsThrownOnWhenTheOthersHaveRun() {
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
      Backend backend = backend(threads);
      for (int tasks : new int[] {1, 2, 5, 17}) {
        for (int failing : new int[] {0, tasks / 2, tasks - 1}) {
          var runs = new AtomicIntegerArray(tasks);
          var thrown =
              assertThrows(
                  Failure.class,
                  () ->
                      backend.runAll(
                          tasks,
                          i -> {
                            runs.incrementAndGet(i);
                            if (i >= failing) {
                              throw new Failure();
                            }
                          }),
                  "task %d of %d throws on %d threads".formatted(failing, tasks, threads));
          assertNull(thrown.getCause());
          assertRanOnce(runs, threads);
        }
      }
    }
  }

  /** What a task throws here. */
  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Clause("9.3")
  void kernelsInATaskGiveTheSameBits() {
    List<KernelCase> cases = new ArrayList<>(Kernels.everyKernelButGemm(21, 115));
    cases.add(Kernels.gemm(1, 0, 131, 67, 129));
    cases.add(Kernels.gemm(0.5, 0.5, 5, 515, 200));
    cases.add(Kernels.gemm(1, 1, 20, 40, 30, 5));
    Backend backend = backend(MOST_THREADS);
    for (KernelCase kernel : cases) {
      for (Precision precision : Precision.values()) {
        check(
            kernel,
            precision,
            Arrangement.DENSE,
            Arrangement.DENSE,
            prepared -> {
              prepared.run(backend);
              double[] outside = prepared.out().elements();
              KernelCase.Prepared[] inside = new KernelCase.Prepared[3];
              Arrays.setAll(
                  inside, i -> kernel.prepare(precision, Arrangement.DENSE, Arrangement.DENSE));
              backend.runAll(inside.length, i -> inside[i].run(backend));
              for (KernelCase.Prepared task : inside) {
                int element = Arrays.mismatch(outside, task.out().elements());
                if (element >= 0) {
                  return "element %d differs within a task".formatted(element);
                }
              }
              return null;
            });
      }
    }
  }

  @Clause("9.4")
  void aTaskMayRunTasks() {
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
      Backend backend = backend(threads);
      var runs = new AtomicIntegerArray(17 * 17);
      inTime(
          1,
          () -> {
            backend.runAll(17, i -> backend.runAll(17, j -> runs.incrementAndGet(17 * i + j)));
            return true;
          });
      assertRanOnce(runs, threads);
    }
  }

  @Clause("9.5")
  void severalThreadsMayRunTasksAtOnce() {
    Backend backend = backend(2);
    inTime(
        MOST_THREADS,
        () -> {
          for (int round = 0; round < 50; round++) {
            var runs = new AtomicIntegerArray(17);
            backend.runAll(17, runs::incrementAndGet);
            if (!Arrays.equals(ONCE_OF_SEVENTEEN, copy(runs))) {
              return false;
            }
          }
          return true;
        });
  }

  private static int[] once(int tasks) {
    int[] once = new int[tasks];
    Arrays.fill(once, 1);
    return once;
  }

  private static int[] copy(AtomicIntegerArray runs) {
    int[] copy = new int[runs.length()];
    Arrays.setAll(copy, runs::get);
    return copy;
  }

  private static void assertRanOnce(AtomicIntegerArray runs, int threads) {
    for (int i = 0; i < runs.length(); i++) {
      assertEquals(
          1, runs.get(i), "runs of task %d of %d, %d threads".formatted(i, runs.length(), threads));
    }
  }

  /** Calls from several threads, and fails if one does not return, throws, or returns false. */
  private static void inTime(int callers, Callable<Boolean> call) {
    ExecutorService pool = Executors.newFixedThreadPool(callers, DAEMONS);
    try {
      List<Future<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        calls.add(pool.submit(call));
      }
      for (Future<Boolean> each : calls) {
        assertEquals(true, each.get(PATIENCE_SECONDS, TimeUnit.SECONDS), "each task ran once");
      }
    } catch (TimeoutException e) {
      fail("a call has not returned after " + PATIENCE_SECONDS + " s", e);
    } catch (ExecutionException | InterruptedException e) {
      fail("a call failed: " + e.getCause(), e);
    } finally {
      pool.shutdownNow();
    }
  }
}
