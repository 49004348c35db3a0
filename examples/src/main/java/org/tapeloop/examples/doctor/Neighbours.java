package org.tapeloop.examples.doctor;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** What else computes on the machine, from when it is made on. */
final class Neighbours {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Map<Long, Duration> before = processorTimes();
  private final long threadBefore = threadNanos();
  private final long start = System.nanoTime();

  /**
   * How many processors other programs have kept busy since, on average. Those that it may not see,
   * as outside a container, and those that ended meanwhile are left out.
   */
  double busyProcessors() {
    double nanos = 0;
    for (var each : processorTimes().entrySet()) {
      Duration earlier = before.getOrDefault(each.getKey(), Duration.ZERO);
      nanos += Math.max(0, each.getValue().minus(earlier).toNanos());
    }
    return nanos / elapsed();
  }

  /**
   * The part of the time since for which the calling thread, which must have made this, had a
   * processor: 1 if it computed all the time and nobody was in its way.
   */
  double share() {
    long now = threadNanos();
    return now < 0 ? 1 : Math.min(1, (now - threadBefore) / elapsed());
  }

  private double elapsed() {
    return Math.max(1, System.nanoTime() - start);
  }

  /** Of all programs but this one, by the numbers of their processes. */
  private static Map<Long, Duration> processorTimes() {
    Map<Long, Duration> times = new HashMap<>();
    long own = ProcessHandle.current().pid();
    ProcessHandle.allProcesses()
        .filter(process -> process.pid() != own)
        .forEach(
            process ->
                process
                    .info()
                    .totalCpuDuration()
                    .ifPresent(time -> times.put(process.pid(), time)));
    return times;
  }

  /** Below 0 where the system does not say. */
  private static long threadNanos() {
    return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : -1;
  }
}
