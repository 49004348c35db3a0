package org.tapeloop.examples.experiment;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A request to stop after the current step: from Ctrl-C, a signal of the system, or a caller. */
public final class StopSignal implements AutoCloseable {
  /** Long enough to finish a step and write a checkpoint. */
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean requested;

  /** A signal that only {@link #request} gives. */
  public StopSignal() {}

  /**
   * A signal that is given when the process is asked to end, which then waits until {@link #close}.
   */
  public static StopSignal onShutdown() {
    StopSignal signal = new StopSignal();
    Runtime.getRuntime().addShutdownHook(new Thread(signal::requestAndWait, "stop-training"));
    return signal;
  }

  private void requestAndWait() {
    requested = true;
    try {
      boolean inTime = stopped.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!inTime) {
        System.err.println("tapeloop: gave up waiting for the training step to end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks to stop. */
  public void request() {
    requested = true;
  }

  /** Whether somebody asked. */
  public boolean isRequested() {
    return requested;
  }

  /** Says that all has been saved: the process may end. */
  @Override
  public void close() {
    stopped.countDown();
  }
}
