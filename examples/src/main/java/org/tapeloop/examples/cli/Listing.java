package org.tapeloop.examples.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What a user asked to see instead of a run: it goes to the output, and the exit code is 0. */
public final class Listing extends ParameterException {
  private static final long serialVersionUID = 1;

  Listing(CommandLine commandLine, String heading, List<String> lines) {
    super(
        commandLine, heading + System.lineSeparator() + String.join(System.lineSeparator(), lines));
  }
}
