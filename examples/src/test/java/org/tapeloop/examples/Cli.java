package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * What a command did.
 *
 * @param code its exit code
 * @param out its output
 * @param err its error output
 */
record Cli(int code, String out, String err) {

  /** Runs a command in this process. */
  static Cli run(Object... arguments) {
    return run(Tapeloop.commandLine(), arguments);
  }

  /** Runs a command of a program in this process. */
  static Cli run(CommandLine program, Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    int code = program.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(texts);
    return new Cli(code, out.toString(), err.toString());
  }

  /** Fails with the whole output unless the exit code is 0. */
  Cli succeeded() {
    assertEquals(0, code, () -> out + err);
    return this;
  }

  /** The only line of the error output, after an exit code. */
  String failedWith(int expected) {
    assertEquals(expected, code, () -> out + err);
    assertFalse(err.isBlank(), "no reason given");
    assertEquals(1, err.strip().lines().count(), err);
    return err.strip();
  }
}
