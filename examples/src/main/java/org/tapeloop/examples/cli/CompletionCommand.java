package org.tapeloop.examples.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tapeloop completion}: lets a shell complete commands and options. */
@Command(
    name = "completion",
    description = {
      "Prints a script with which bash and zsh complete the commands and options of this program.",
      "",
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(tapeloop completion)",
      "  tapeloop completion > ~/.local/share/bash-completion/completions/tapeloop",
    })
public final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    var out = spec.commandLine().getOut();
    out.print(AutoComplete.bash(spec.root().name(), spec.root().commandLine()));
    out.println();
    out.flush();
  }
}
