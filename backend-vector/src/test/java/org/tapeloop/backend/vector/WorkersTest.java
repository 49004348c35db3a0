package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkersTest {
  @Test
  void everyTaskRunsOnce() {
    for (int threads = 1; threads <= 4; threads++) {
      var workers = new Workers(threads);
      for (int tasks = 0; tasks < 40; tasks++) {
        var runs = new AtomicIntegerArray(40);
        workers.run(tasks, runs::incrementAndGet);
        for (int i = 0; i < 40; i++) {
          assertEquals(i < tasks ? 1 : 0, runs.get(i));
        }
      }
    }
  }

  @Test
  void aTaskMayItselfShareWork() {
    var workers = new Workers(3);
    var runs = new AtomicInteger();
    workers.run(8, i -> workers.run(8, j -> runs.incrementAndGet()));
    assertEquals(64, runs.get());
  }

  @Test
  void theCallerGetsWhatATaskThrew() {
    var workers = new Workers(2);
    var thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                workers.run(
                    10,
                    i -> {
                      if (i == 7) {
                        throw new IllegalStateException("seven");
                      }
                    }));
    assertEquals("seven", thrown.getMessage());
  }

  @Test
  void threadsAreDaemonsAndNoMoreThanAskedFor() {
    var workers = new Workers(3);
    var threads = ConcurrentHashMap.<Thread>newKeySet();
    for (int call = 0; call < 50; call++) {
      workers.run(
          20,
          i -> {
            threads.add(Thread.currentThread());
            Thread.onSpinWait();
          });
    }
    assertTrue(threads.size() <= 3, threads.toString());
    for (Thread thread : threads) {
      assertTrue(thread.isDaemon() || thread == Thread.currentThread());
    }
  }
}
