package org.tapeloop.examples.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class NeighboursTest {

  @Test
  @Timeout(120)
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aProgramThatComputesIsSeen() throws Exception {
    Neighbours neighbours = new Neighbours();
    Process busy = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
    try {
      while (busy.info().totalCpuDuration().orElseThrow().toMillis() < 300) {
        Thread.sleep(10);
      }
      assertTrue(neighbours.busyProcessors() > 0, "nothing seen");
    } finally {
      busy.destroyForcibly();
    }
  }

  @Test
  void aThreadThatSleepsHasNoProcessor() throws InterruptedException {
    Neighbours neighbours = new Neighbours();
    Thread.sleep(200);
    assertEquals(0, neighbours.share(), 0.2);
  }

  @Test
  void aThreadThatComputesHasOneForSomeOfTheTime() {
    Neighbours neighbours = new Neighbours();
    long end = System.nanoTime() + 200_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    double share = neighbours.share();
    assertTrue(share > 0 && share <= 1, "share " + share);
  }
}
