package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.examples.cell.CellKind;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "charlm | tapeloop: there is no command 'charlm'; did you mean char-lm or word-lm?",
        "char-lm --hiden=3 | tapeloop char-lm: Unknown option: '--hiden=3'; did you mean --hidden?",
        "tasks --tasks ading | tapeloop tasks: the task 'ading' is unknown; did you mean adding?",
        "tasks --cells othogonal | tapeloop tasks: the cell 'othogonal' is unknown; did you mean"
            + " orthogonal?",
        "word-lm --cell mingru | tapeloop word-lm: the cell 'mingru' is unknown; did you mean"
            + " min-gru or li-gru?",
      })
  void misspeltNameIsAUsageErrorThatNamesThoseNearIt(String words, String line) {
    assertEquals(2, commandLine.execute(words.split(" ")));
    assertTrue(err.toString().startsWith(line + " (see tapeloop"), err.toString());
    assertEquals(1, err.toString().strip().lines().count());
  }

  @Test
  void unknownCellNearToNoneIsAnsweredWithAllThereAre() {
    assertEquals(2, commandLine.execute("tasks", "--cells", "warp"));
    assertTrue(err.toString().contains("'warp' is unknown; there are: lstm, gru"), err.toString());
    assertTrue(err.toString().contains(", orthogonal (see"), err.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"char-lm", "word-lm", "music", "seq2seq"})
  void helpSaysHowLongARunTakes(String command) {
    String help = commandLine.getSubcommands().get(command).getUsageMessage();
    String description = help.substring(0, help.indexOf("--steps=N  ")).replaceAll("\\s+", " ");
    assertTrue(description.matches(".*(minutes?|hour or so) on two cores.*"), description);
  }

  @Test
  void helpGoesToStandardOutput() {
    assertEquals(0, commandLine.execute("--help"));
    assertTrue(out.toString().startsWith("Usage: tapeloop"), out.toString());
    assertEquals("", err.toString());
  }

  @Test
  void everyCommandExplainsItselfWithinTheWidthOfATerminal() {
    for (CommandLine command : commandLine.getSubcommands().values()) {
      String help = command.getUsageMessage();
      assertTrue(help.contains("Usage: tapeloop " + command.getCommandName()), help);
      help.lines().forEach(line -> assertTrue(line.length() <= 80, line));
      // An example that is wider goes on at the beginning of the next line.
      help.lines().forEach(line -> assertFalse(line.startsWith("-"), line));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"char-lm", "word-lm", "music", "seq2seq", "tasks"})
  void cellHelpListsAllCellsAndIsNoError(String command) {
    String option = command.equals("tasks") ? "--cells" : "--cell";
    assertEquals(0, commandLine.execute(command, option, "help"));
    List<String> lines = out.toString().lines().toList();
    assertTrue(lines.containsAll(CellKind.names()), out.toString());
    assertEquals(command.equals("tasks"), lines.contains("orthogonal"));
    assertEquals("", err.toString());
  }

  @Test
  void doctorNamesJavaBackendsAndThreads() {
    assertEquals(0, commandLine.execute("doctor", "--quick", "--threads", "1"));
    for (String part : List.of("java ", "machine ", "threads ", "* vector", "in use: ")) {
      assertTrue(out.toString().contains(part), out.toString());
    }
  }

  @Test
  void completionIsAShellScriptThatKnowsCommandsAndOptions() {
    assertEquals(0, commandLine.execute("completion"));
    String script = out.toString();
    assertTrue(script.startsWith("#!/usr/bin/env bash"), script);
    assertTrue(script.contains("word-lm") && script.contains("--patience"), script);
    assertTrue(script.contains("\"layer-norm-lstm\""), "no names of cells");
  }

  /** The script has a list of values for each label, not for each option. */
  @Test
  void optionsOfACommandWithTheSameLabelTakeTheSameValues() {
    for (CommandLine command : commandLine.getSubcommands().values()) {
      Map<String, List<String>> values = new HashMap<>();
      for (OptionSpec option : command.getCommandSpec().options()) {
        if (option.completionCandidates() != null) {
          List<String> own = new ArrayList<>();
          option.completionCandidates().forEach(own::add);
          List<String> before = values.putIfAbsent(option.paramLabel(), own);
          assertTrue(before == null || before.equals(own), option.longestName());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tasks, --cells, orthogonal",
    "tasks, --tasks, adding",
    "word-lm, --recipe, awd",
    "music, --backend, vector",
  })
  void valuesAreCompleted(String command, String option, String value) {
    OptionSpec spec = commandLine.getSubcommands().get(command).getCommandSpec().findOption(option);
    List<String> values = new ArrayList<>();
    spec.completionCandidates().forEach(values::add);
    assertTrue(values.contains(value), values.toString());
  }
}
