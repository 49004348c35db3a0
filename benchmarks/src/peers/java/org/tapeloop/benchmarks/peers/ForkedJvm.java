package org.tapeloop.benchmarks.peers;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tapeloop.benchmarks.Benchmarks;

/**
 * Runs {@link Fork} in a JVM of its own, so that no library warms up, fragments or crashes the
 * process of the other. What dies of a signal, as loading libtorch sometimes does, is started once
 * more.
 */
final class ForkedJvm {
  /** Exit codes above it tell the signal that a process died of. */
  private static final int SIGNALLED = 128;

  /** Where settings of native libraries would reach the forks from the caller's environment. */
  private static final List<String> NATIVE_SETTINGS =
      List.of("OPENBLAS_", "GOTO_", "OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "ONEDNN_", "ORT_");

  private final Path folder;
  private final Notices notices;

  /** Told what happens meanwhile. */
  @FunctionalInterface
  interface Notices {
    void say(String line);
  }

  /**
   * @param folder for logs of crashes
   */
  ForkedJvm(Path folder, Notices notices) {
    this.folder = folder;
    this.notices = notices;
  }

  /**
   * The numbers that the fork wrote.
   *
   * @param action {@link Fork#CHECK} or a library's name
   * @throws IllegalStateException if it failed, or crashed twice
   */
  List<Double> run(String action, Task task) throws IOException, InterruptedException {
    Path numbers = Files.createTempFile("peers-numbers", ".txt");
    Path log = Files.createTempFile("peers-log", ".txt");
    try {
      int code = start(action, task, numbers, log);
      if (code > SIGNALLED) {
        notices.say(
            "%s %s: the process crashed (signal %d), started once more"
                .formatted(action, task.title(), code - SIGNALLED));
        code = start(action, task, numbers, log);
      }
      if (code != 0) {
        throw new IllegalStateException(
            "%s %s failed with exit code %d:%n%s"
                .formatted(
                    action,
                    task.title(),
                    code,
                    Files.readString(log, Charset.defaultCharset()).strip()));
      }
      return Files.readAllLines(numbers).stream().map(Double::valueOf).toList();
    } finally {
      Files.delete(numbers);
      Files.delete(log);
    }
  }

  private int start(String action, Task task, Path numbers, Path log)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Benchmarks.FLAGS);
    command.add("-XX:ErrorFile=" + folder.resolve("crash-%p.log"));
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Fork.class.getName());
    command.add(action.toLowerCase(Locale.ROOT));
    command.add(numbers.toString());
    command.addAll(task.arguments());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    configure(builder.environment(), task.threads());
    Process process = builder.start();
    try {
      return process.waitFor();
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * libtorch's own setting reaches only its own loops and oneDNN's: OpenBLAS, which makes its other
   * products, takes all cores unless a variable says otherwise. ONNX Runtime would report to its
   * makers meanwhile, and version 1.29 crashes over that when the command line is long.
   */
  private static void configure(Map<String, String> environment, int threads) {
    environment.keySet().removeIf(name -> NATIVE_SETTINGS.stream().anyMatch(name::startsWith));
    environment.put("OPENBLAS_NUM_THREADS", Integer.toString(threads));
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    environment.put("ORT_DISABLE_TELEMETRY", "1");
  }
}
