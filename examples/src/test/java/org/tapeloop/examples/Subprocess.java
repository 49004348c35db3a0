package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.tapeloop.nn.safetensors.SafeTensorsFile;

/** Programs in processes of their own, which can be killed or starved. */
final class Subprocess {
  private Subprocess() {}

  /** Starts a command; both outputs go to a file. */
  static Process start(Path output, List<Object> arguments) throws IOException {
    return run(java(Tapeloop.class.getName(), arguments), output);
  }

  /**
   * Starts a command that trains, and kills it once it has saved a checkpoint.
   *
   * @return what it printed
   */
  static String killOnceSaved(Path checkpoint, Path output, List<Object> arguments)
      throws IOException, InterruptedException {
    return endOnceSaved(checkpoint, output, arguments, Process::destroyForcibly);
  }

  /** As {@link #killOnceSaved}, ending it in some way. */
  static String endOnceSaved(
      Path checkpoint, Path output, List<Object> arguments, Consumer<Process> end)
      throws IOException, InterruptedException {
    Process process = start(output, arguments);
    while (!Files.exists(checkpoint)) {
      assertTrue(process.isAlive(), "ended early, see " + output);
      Thread.sleep(20);
    }
    end.accept(process);
    process.waitFor();
    try (SafeTensorsFile file = SafeTensorsFile.open(checkpoint)) {
      var notes = file.metadata();
      long step = Long.parseLong(notes.get("configuration/training.step"));
      long steps = Long.parseLong(notes.get("configuration/training.steps"));
      assertTrue(step < steps, "the run was over before it could be ended");
    }
    return Files.readString(output);
  }

  /** Starts a program of one source file, in the file's folder. */
  static Process startSource(Path source, Path output) throws IOException {
    return builder(java(source.toString(), List.of()), output)
        .directory(source.getParent().toFile())
        .start();
  }

  /** Starts a command under a limit that a shell's built-in sets. */
  static Process startLimited(String limit, Path output, List<Object> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", limit + " && exec \"$@\"", "sh"));
    command.addAll(java(Tapeloop.class.getName(), arguments));
    return run(command, output);
  }

  private static Process run(List<String> command, Path output) throws IOException {
    return builder(command, output).start();
  }

  private static ProcessBuilder builder(List<String> command, Path output) {
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
  }

  /** The command that runs a class by name, or a source file. */
  private static List<String> java(String program, List<Object> arguments) {
    String modules = System.getProperty("jdk.module.path");
    String classes = System.getProperty("java.class.path");
    String path = modules == null ? classes : modules + File.pathSeparator + classes;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    // No performance data: its file in /tmp would hit the limit on files too.
    command.add("-XX:-UsePerfData");
    command.addAll(List.of("-cp", path, program));
    arguments.forEach(argument -> command.add(argument.toString()));
    return command;
  }
}
