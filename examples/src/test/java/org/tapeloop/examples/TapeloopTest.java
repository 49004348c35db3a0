package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class TapeloopTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine commandLine =
      Tapeloop.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  @Test
  void withoutCommandIsAUsageError() {
    assertEquals(2, commandLine.execute());
    assertEquals("tapeloop: a command is required (see tapeloop --help)", err.toString().strip());
  }

  @Test
  void helpGoesToStandardOutput() {
    assertEquals(0, commandLine.execute("--help"));
    assertTrue(out.toString().startsWith("Usage: tapeloop"), out.toString());
    assertEquals("", err.toString());
  }
}
