package org.tapeloop.examples.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was found, and what follows from it.
 *
 * @param backends the report on all backends
 * @param backend the one in use
 * @param threads it computes with
 * @param processors of the machine
 * @param memory in bytes that the JVM may take
 * @param environment variables of the process
 * @param speeds what was measured, if anything was
 */
record Facts(
    String backends,
    String backend,
    int threads,
    int processors,
    long memory,
    Map<String, String> environment,
    @Nullable Speeds speeds) {
  /** A line of the report: the name, the reason, and what would help. */
  private static final Pattern REFUSED = Pattern.compile("^[* ] (\\w+) \\(.*refused: .*; (.*)$");

  private static final double POOR_SHARE = 0.4;

  /** A program that does nothing much takes less of a processor. */
  private static final double BUSY = 0.15;

  /** A thread that nobody hinders has a processor for more of its time. */
  private static final double OWN_SHARE = 0.9;

  private static final long SMALL_MEMORY = 1L << 30;
  private static final String CORE_TYPE = "OPENBLAS_CORETYPE";

  /**
   * What was measured.
   *
   * @param peak floating-point operations in a second, one core
   * @param productShare of a matrix product in the peaks of all threads
   * @param others processors that other programs kept busy
   * @param ownShare the part of the time for which a thread that computes had a processor
   */
  record Speeds(double peak, double productShare, double others, double ownShare) {}

  /** What to change, the weightiest first. */
  List<String> advice() {
    List<String> advice = new ArrayList<>();
    if (backend.equals("reference")) {
      advice.add(
          "the reference backend is for checking only: leave out --backend, and see above why"
              + " others are refused");
    }
    backends
        .lines()
        .map(REFUSED::matcher)
        .filter(Matcher::find)
        .forEach(found -> advice.add("for %s: %s".formatted(found.group(1), found.group(2))));
    if (threads > processors) {
      advice.add(
          "%d threads on %d processors hinder each other: --threads %d"
              .formatted(threads, processors, processors));
    } else if (threads < processors) {
      advice.add(
          "%d of %d processors compute: --threads %d uses all"
              .formatted(threads, processors, processors));
    }
    if (speeds != null) {
      addAdvice(advice, speeds);
    }
    if (backends.contains("openblas") && environment.containsKey(CORE_TYPE)) {
      advice.add(
          "%s=%s overrides what OpenBLAS would choose for this processor: unset it"
              .formatted(CORE_TYPE, environment.get(CORE_TYPE)));
    }
    if (memory < SMALL_MEMORY) {
      advice.add(
          "the JVM may take %d MiB only: TAPELOOP_JAVA_OPTS=-Xmx4g allows 4 GB"
              .formatted(memory >> 20));
    }
    return advice;
  }

  private void addAdvice(List<String> advice, Speeds speeds) {
    if (speeds.others() > BUSY) {
      advice.add(
          "other programs kept %.1f of %d processors busy during the check, so its figures are lower"
                  .formatted(speeds.others(), processors)
              + " than the machine's: run it again when they are done");
    } else if (speeds.ownShare() < OWN_SHARE) {
      advice.add(
          "a thread that computes had a processor for %.0f %% of the time: something that cannot be"
                  .formatted(100 * speeds.ownShare())
              + " seen from here computes too, and the figures are lower for it");
    } else if (speeds.productShare() < POOR_SHARE) {
      advice.add(
          "products reach %.0f %% of what the cores can do: the machine may share its cores; try"
                  .formatted(100 * speeds.productShare())
              + " another --backend");
    }
  }
}
