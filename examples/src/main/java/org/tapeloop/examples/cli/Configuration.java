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
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.experiment.SavedRun;
import org.tapeloop.examples.files.Failure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The options of a training command as texts by name: written into checkpoints, and put back from
 * there as if they had been given again. All options are kept but those that are {@link Unsaved};
 * an option without a value is left out.
 */
final class Configuration {
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

  /**
   * Sets the options of a parsed command to those of a checkpoint, but for {@link Changeable} ones
   * that stand on the command line.
   *
   * @throws Failure if one on the command line differs, or the checkpoint's can't be read
   */
  static void restore(CommandSpec spec, SavedRun run) {
    var parsed = spec.commandLine().getParseResult();
    List<String> words = new ArrayList<>();
    for (OptionSpec option : parsed.matchedOptions()) {
      option.originalStringValues().forEach(value -> words.add(word(option, value)));
    }
    Notes notes = run.notes();
    for (OptionSpec option : saved(spec)) {
      String before = notes.texts().get(key(option));
      boolean given = parsed.hasMatchedOption(option);
      if (given && !marked(option, Changeable.class)) {
        refuseChange(option, before, run);
      }
      if (before == null && !given && option.getValue() != null) {
        notes.text(key(option));
      }
      if (before != null && !given) {
        words.add(word(option, before));
      }
    }
    reparse(spec, words, run);
  }

  private static void refuseChange(OptionSpec option, @Nullable String before, SavedRun run) {
    String asked = text(option);
    if (!Objects.equals(before, asked)) {
      String name = option.longestName();
      throw new Failure(
          "%s is a checkpoint %s; it can't go on with %s %s"
              .formatted(
                  run.file(),
                  before == null ? "without " + name : "with %s %s".formatted(name, before),
                  name,
                  asked));
    }
  }

  private static void reparse(CommandSpec spec, List<String> words, SavedRun run) {
    try {
      spec.commandLine().parseArgs(words.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new Failure(
          "%s: the checkpoint's options have no meaning: %s".formatted(run.file(), e.getMessage()),
          e);
    }
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
      case Object value -> value.toString();
    };
  }
}
