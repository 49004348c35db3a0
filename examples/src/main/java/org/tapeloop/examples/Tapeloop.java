package org.tapeloop.examples;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import org.tapeloop.autograd.spi.TensorSizeException;
import org.tapeloop.examples.charlm.CharLmCommand;
import org.tapeloop.examples.cli.BackendsCommand;
import org.tapeloop.examples.cli.CompletionCommand;
import org.tapeloop.examples.cli.Listing;
import org.tapeloop.examples.cli.NearNames;
import org.tapeloop.examples.cli.SampleCommand;
import org.tapeloop.examples.doctor.DoctorCommand;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.polyphony.MusicCommand;
import org.tapeloop.examples.seq2seq.Seq2SeqCommand;
import org.tapeloop.examples.tasks.TasksCommand;
import org.tapeloop.examples.wordlm.WordLmCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code tapeloop}: each application is a subcommand. */
@Command(
    name = "tapeloop",
    description = {
      "Recurrent networks that learn from text and music.",
      "",
      "Each training command works without options, on data that come with the program, and takes"
          + " your own with --data. It shows its progress, validates as it goes, and keeps its run"
          + " in a folder: checkpoints, metrics, samples and pictures. Ctrl-C saves and stops;"
          + " --resume goes on from there as if nothing had happened.",
      "",
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    subcommands = {
      CharLmCommand.class,
      WordLmCommand.class,
      MusicCommand.class,
      Seq2SeqCommand.class,
      TasksCommand.class,
      SampleCommand.class,
      DoctorCommand.class,
      BackendsCommand.class,
      CompletionCommand.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop char-lm                    learn from a dictionary for two minutes",
      "  tapeloop char-lm --data notes.txt   learn from a text of your own",
      "  tapeloop sample runs/char-lm-1      let the model write",
      "  tapeloop doctor                     what computes here, and how fast",
      "",
      "Each command explains itself: tapeloop char-lm --help",
      "",
      "Environment: TAPELOOP_JAVA_OPTS has flags for the Java inside, such as -Xmx8g.",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (the run is saved).",
    })
public final class Tapeloop implements Runnable {

  private static final String NEEDS_LESS = "a smaller model, --batch or --sequence needs less";
  private static final int LONGEST_MESSAGE = 600;

  /** Of a longer one so many characters at the end are shown. */
  private static final int MESSAGE_END = 200;

  @Spec private CommandSpec spec;

  private Tapeloop() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is required");
  }

  /** Runs the command that the arguments name; exits with 2 where they name none. */
  public static void main(String[] args) {
    // Pictures are drawn into files; no window is ever opened.
    System.setProperty("java.awt.headless", "true");
    System.exit(run(commandLine(), args));
  }

  /** Runs a command and gives its exit code. */
  private static int run(CommandLine commandLine, String... args) {
    try {
      return commandLine.execute(args);
    } catch (OutOfMemoryError e) {
      System.err.println(
          "tapeloop: the memory is full; "
              + NEEDS_LESS
              + ", and TAPELOOP_JAVA_OPTS=-Xmx8g allows 8 GB");
      return ExitCode.SOFTWARE;
    }
  }

  /** The command line with all its subcommands. */
  static CommandLine commandLine() {
    var commandLine = new CommandLine(new Tapeloop());
    commandLine.getCommandSpec().version("tapeloop " + version());
    commandLine.setParameterExceptionHandler(Tapeloop::reportUsage);
    commandLine.setExecutionExceptionHandler(Tapeloop::reportFailure);
    return commandLine;
  }

  private static int reportUsage(ParameterException e, String... args) {
    if (e instanceof Listing) {
      var out = e.getCommandLine().getOut();
      out.println(e.getMessage());
      out.flush();
      return ExitCode.OK;
    }
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    var err = e.getCommandLine().getErr();
    err.println("%s: %s (see %s --help)".formatted(command, usage(e), command));
    err.flush();
    return ExitCode.USAGE;
  }

  /** What is wrong, in a line, and what may have been meant. */
  private static String usage(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return oneLine(e);
    }
    boolean isCommand = !unmatched.isUnknownOption() && e.getCommandLine().getParent() == null;
    String wrong =
        isCommand
            ? "there is no command '%s'".formatted(unmatched.getUnmatched().getFirst())
            : oneLine(e);
    return wrong + NearNames.question(unmatched.getSuggestions());
  }

  /** A failure is one line; anything else is a defect of this program, and shows its trace. */
  private static int reportFailure(
      Exception e, CommandLine commandLine, CommandLine.ParseResult parsed) {
    var err = commandLine.getErr();
    if (e instanceof Failure) {
      err.println("tapeloop: " + oneLine(e));
    } else if (e instanceof TensorSizeException) {
      err.println("tapeloop: %s; %s".formatted(oneLine(e), NEEDS_LESS));
    } else {
      err.println("tapeloop: this is a defect in the program; please report what follows");
      e.printStackTrace(err);
    }
    err.flush();
    return ExitCode.SOFTWARE;
  }

  /** The message in one line; what it quotes of a file of another kind may be all of that file. */
  private static String oneLine(Exception e) {
    String line = String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    int length = line.length();
    return length <= LONGEST_MESSAGE
        ? line
        : line.substring(0, LONGEST_MESSAGE - MESSAGE_END)
            + " ... "
            + line.substring(length - MESSAGE_END);
  }

  /** The version that the build wrote into the module descriptor. */
  private static String version() {
    ModuleDescriptor descriptor = Tapeloop.class.getModule().getDescriptor();
    return Optional.ofNullable(descriptor)
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(unpackaged)");
  }
}
