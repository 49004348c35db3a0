package org.tapeloop.examples.doctor;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.tapeloop.autograd.Backends;
import org.tapeloop.examples.cli.BackendOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tapeloop doctor}: what computes here, how fast, and what to change. */
@Command(
    name = "doctor",
    description = {
      "Says what computes on this machine and why the rest does not, measures for ten seconds how"
          + " fast it is, and advises what to change.",
      "",
    },
    mixinStandardHelpOptions = true)
public final class DoctorCommand implements Runnable {
  private static final double GIGA = 1e9;
  private static final double MEBI = 1 << 20;
  private static final double SECONDS_EACH = 2.5;

  @Spec private CommandSpec spec;

  @Mixin private BackendOptions backend;

  @Option(names = "--quick", description = "Leave out the measurements.")
  private boolean quick;

  @Override
  public void run() {
    backend.use(
        () -> {
          report(spec.commandLine().getOut());
          return null;
        });
  }

  private void report(PrintWriter out) {
    Runtime runtime = Runtime.getRuntime();
    line(out, "java", "%s %s".formatted(property("java.vm.name"), Runtime.version()));
    line(
        out,
        "machine",
        "%s %s, %d processors"
            .formatted(property("os.name"), property("os.arch"), runtime.availableProcessors()));
    line(out, "memory", "%.0f MiB for tensors at most".formatted(runtime.maxMemory() / MEBI));
    line(out, "threads", Integer.toString(Backends.current().threads()));
    out.println();
    out.print(Backends.describe());
    out.flush();
    Facts facts =
        new Facts(
            Backends.describe(),
            Backends.current().name(),
            Backends.current().threads(),
            runtime.availableProcessors(),
            runtime.maxMemory(),
            System.getenv(),
            quick ? null : measure(out));
    out.println();
    List<String> advice = facts.advice();
    out.println(advice.isEmpty() ? "nothing to change" : "what to change:");
    advice.forEach(each -> out.println("- " + each));
    out.flush();
  }

  private static Facts.Speeds measure(PrintWriter out) {
    SpeedCheck check = new SpeedCheck(SECONDS_EACH);
    int threads = Backends.current().threads();
    out.println();
    Neighbours neighbours = new Neighbours();
    double peak = check.multiplyAdds();
    double ownShare = neighbours.share();
    line(out, "multiply-adds", "%.0f GFLOP/s, one core".formatted(peak / GIGA));
    double product = check.product();
    double share = product / (peak * threads);
    line(
        out,
        "matrix product",
        "%.0f GFLOP/s, %d threads: %.0f %% of their multiply-adds"
            .formatted(product / GIGA, threads, 100 * share));
    line(out, "memory", "%.1f GB/s".formatted(check.bandwidth(threads) / GIGA));
    line(
        out,
        "LSTM training step",
        "%.1f ms (35 steps, 20 sequences, 200 units)".formatted(check.lstm() * 1e3));
    double others = neighbours.busyProcessors();
    line(out, "other programs", "kept %.1f processors busy meanwhile".formatted(others));
    return new Facts.Speeds(peak, share, others, ownShare);
  }

  private static void line(PrintWriter out, String label, String text) {
    out.println(String.format(Locale.ROOT, "%-19s %s", label, text));
    out.flush();
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }
}
