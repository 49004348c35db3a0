package org.tapeloop.examples;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code tapeloop}: each application is a subcommand. */
@Command(
    name = "tapeloop",
    description = "Recurrent networks that learn from text and music.",
    mixinStandardHelpOptions = true)
public final class Tapeloop implements Runnable {

  @Spec private CommandSpec spec;

  private Tapeloop() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is required");
  }

  /** Runs the command that the arguments name; exits with 2 where they name none. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command line with all its subcommands. */
  static CommandLine commandLine() {
    var commandLine = new CommandLine(new Tapeloop());
    commandLine.getCommandSpec().version("tapeloop " + version());
    return commandLine;
  }

  /** The version that the build wrote into the module descriptor. */
  private static String version() {
    ModuleDescriptor descriptor = Tapeloop.class.getModule().getDescriptor();
    return Optional.ofNullable(descriptor)
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(unpackaged)");
  }
}
