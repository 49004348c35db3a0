package org.tapeloop.examples.cli;

import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.files.Failure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The options of a command that runs can go on with, as texts by name: written into checkpoints or
 * a file, and put back from there as if they had been given again. All options are kept but those
 * that are {@link Unsaved}; an option without a value is left out.
 */
public final class Configuration {
  private static final String COMMAND = "command";
  private static final String DASHES = "--";

  private Configuration() {}

  /** The options of a command that has been parsed. */
  static Map<String, String> of(CommandSpec spec) {
    Map<String, String> values = new LinkedHashMap<>();
    for (OptionSpec option : saved(spec)) {
      String value = text(option);
      if (value != null) {
        values.put(key(option), value);
      }
    }
    return values;
  }

  /** Writes what a parsed command was asked for, for a person and for {@link #restore}. */
  public static void write(CommandSpec spec, Path file) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put(COMMAND, spec.name());
    values.putAll(of(spec));
    values.put("backend", Backends.current().description());
    RunFolder.writeJson(file, values);
  }

  /**
   * As {@link #restore(CommandSpec, Notes, Runnable)}, from a file that {@link #write} has written.
   *
   * @throws Failure if the file cannot be read or is of another command, too
   */
  public static void restore(CommandSpec spec, Path file, Runnable check) {
    Notes notes = new Notes(file.toString(), RunFolder.readConfiguration(file));
    if (!notes.text(COMMAND).equals(spec.name())) {
      throw new Failure(
          "%s: this is a run of %s, not of %s".formatted(file, notes.text(COMMAND), spec.name()));
    }
    restore(spec, notes, check);
  }

  /**
   * Sets the options of a parsed command to those of a run, but for {@link Changeable} ones that
   * stand on the command line.
   *
   * @param check refuses options that are out of range by a {@link ParameterException}
   * @throws Failure if one on the command line differs, or the run's have no meaning
   */
  static void restore(CommandSpec spec, Notes notes, Runnable check) {
    refuseChanges(spec, notes);
    List<String> words = words(spec, notes);
    try {
      spec.commandLine().parseArgs(words.toArray(String[]::new));
      check.run();
    } catch (ParameterException e) {
      throw new Failure(
          "%s: the run's options have no meaning: %s".formatted(notes.source(), e.getMessage()), e);
    }
  }

  private static void refuseChanges(CommandSpec spec, Notes notes) {
    List<String> before = new ArrayList<>();
    List<String> asked = new ArrayList<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      String saved = notes.texts().get(key(option));
      if (isFixed(option) && !Objects.equals(saved, text(option))) {
        String name = option.longestName();
        before.add(saved == null ? "no " + name : name + " " + saved);
        asked.add(name + " " + text(option));
      }
    }
    if (!asked.isEmpty()) {
      throw new Failure(
          "%s is of a run with %s; it can't go on with %s"
              .formatted(notes.source(), String.join(", ", before), String.join(", ", asked)));
    }
  }

  /** A command line of what was given and of what the run has besides. */
  private static List<String> words(CommandSpec spec, Notes notes) {
    var parsed = spec.commandLine().getParseResult();
    List<String> words = new ArrayList<>();
    for (OptionSpec option : parsed.matchedOptions()) {
      option.originalStringValues().forEach(value -> words.add(word(option, value)));
    }
    for (OptionSpec option : saved(spec)) {
      String before = notes.texts().get(key(option));
      boolean given = parsed.hasMatchedOption(option);
      if (before == null && !given && option.getValue() != null) {
        notes.text(key(option));
      }
      if (before != null && !given) {
        words.add(word(option, before));
      }
    }
    return words;
  }

  private static String word(OptionSpec option, String value) {
    return option.longestName() + "=" + value;
  }

  private static List<OptionSpec> saved(CommandSpec spec) {
    return spec.options().stream()
        .filter(option -> !option.usageHelp() && !option.versionHelp())
        .filter(option -> !marked(option, Unsaved.class))
        .toList();
  }

  private static boolean isFixed(OptionSpec option) {
    return !marked(option, Unsaved.class) && !marked(option, Changeable.class);
  }

  private static boolean marked(OptionSpec option, Class<? extends Annotation> mark) {
    return option.userObject() instanceof Field field && field.isAnnotationPresent(mark);
  }

  private static String key(OptionSpec option) {
    return option.longestName().substring(DASHES.length());
  }

  /** The value in a form that is read as the same value, from whichever folder. */
  private static @Nullable String text(OptionSpec option) {
    Object given = option.getValue();
    return switch (given) {
      case null -> null;
      case Path path -> path.toAbsolutePath().normalize().toString();
      case List<?> values -> String.join(",", values.stream().map(String::valueOf).toList());
      case Object value -> value.toString();
    };
  }
}
