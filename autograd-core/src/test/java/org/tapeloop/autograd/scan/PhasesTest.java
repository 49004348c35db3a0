package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Phases follow one another whatever threads come, and whenever. */
@Timeout(60)
class PhasesTest {
  private static final int PHASES = 300;
  private static final int ITEMS = 3;

  /** One thread after the other. */
  private static void inTurn(int tasks, IntConsumer task) {
    for (int i = 0; i < tasks; i++) {
      task.accept(i);
    }
  }

  /** All at once. */
  private static void atOnce(int tasks, IntConsumer task) {
    try (var pool = Executors.newFixedThreadPool(tasks)) {
      List<Callable<Void>> calls =
          IntStream.range(0, tasks)
              .mapToObj(
                  i ->
                      (Callable<Void>)
                          () -> {
                            task.accept(i);
                            return null;
                          })
              .toList();
      for (Future<Void> call : pool.invokeAll(calls)) {
        call.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalStateException failure) {
        throw failure;
      }
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The last one comes when the others are gone. */
  private static void oneLate(int tasks, IntConsumer task) {
    CountDownLatch others = new CountDownLatch(tasks - 1);
    atOnce(
        tasks,
        i -> {
          try {
            if (i < tasks - 1) {
              task.accept(i);
              others.countDown();
            } else {
              others.await();
              task.accept(i);
            }
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** Each item counts its phases, and finds that all items are at its own or one further. */
  private static void eachItemOnceAPhase(BiConsumer<Integer, IntConsumer> runAll) {
    AtomicIntegerArray count = new AtomicIntegerArray(ITEMS);
    Phases.run(
        runAll::accept,
        PHASES,
        ITEMS,
        (phase, item) -> {
          assertEquals(phase, count.getAndIncrement(item), "item " + item);
          for (int other = 0; other < ITEMS; other++) {
            int at = count.get(other);
            assertTrue(
                at == phase || at == phase + 1, "item %d at %d in %d".formatted(other, at, phase));
          }
        });
    for (int item = 0; item < ITEMS; item++) {
      assertEquals(PHASES, count.get(item));
    }
  }

  @Test
  void oneThreadDoesTheWorkOfAll() {
    eachItemOnceAPhase(PhasesTest::inTurn);
  }

  @Test
  void noPhaseBeginsBeforeTheLastIsDone() {
    for (int i = 0; i < 20; i++) {
      eachItemOnceAPhase(PhasesTest::atOnce);
    }
  }

  @Test
  void aThreadThatComesLateIsNotWaitedFor() {
    eachItemOnceAPhase(PhasesTest::oneLate);
  }

  @Test
  void noPhaseFollowsOneThatFailed() {
    for (BiConsumer<Integer, IntConsumer> runAll :
        List.<BiConsumer<Integer, IntConsumer>>of(PhasesTest::inTurn, PhasesTest::atOnce)) {
      var failure = new IllegalStateException("item 1 of phase 7");
      var thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  Phases.run(
                      runAll::accept,
                      PHASES,
                      ITEMS,
                      (phase, item) -> {
                        assertTrue(phase <= 7, "phase " + phase);
                        if (phase == 7 && item == 1) {
                          throw failure;
                        }
                      }));
      assertSame(failure, thrown);
    }
  }
}
