package org.tapeloop.examples.abc;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.text.TextFiles;

/** Tunes from ABC files. */
public final class AbcFiles {
  /**
   * What was found in files.
   *
   * @param tunes those that can be read and whose bars are right
   * @param leftOut how many others there are
   * @param firstReason why the first of those was left out, or empty
   */
  public record Found(List<Tune> tunes, int leftOut, Optional<String> firstReason) {}

  private AbcFiles() {}

  /**
   * The tunes of a file, or of all files below a folder. One that cannot be read, or has a bar of
   * the wrong length, is left out and counted.
   *
   * @throws Failure if the files cannot be read, or no tune is left
   */
  public static Found read(Path path) {
    Found found = parse(TextFiles.read(path));
    if (found.tunes.isEmpty()) {
      throw new Failure(
          path
              + ": "
              + found
                  .firstReason
                  .map(reason -> "no tune in it can be used; " + reason)
                  .orElse("there are no tunes in ABC notation; each begins with a line X:"));
    }
    return found;
  }

  /** The tunes of a text; each begins with a line {@code X:}. */
  static Found parse(String text) {
    List<Tune> tunes = new ArrayList<>();
    int leftOut = 0;
    Optional<String> firstReason = Optional.empty();
    for (String written : text.split("(?m)^(?=X:)", -1)) {
      if (!written.startsWith("X:")) {
        continue;
      }
      String head = written.lines().findFirst().orElse("X:").strip();
      Optional<String> reason;
      try {
        Tune tune = AbcParser.parse(upToBlankLine(written));
        reason = Bars.firstWrong(tune);
        if (reason.isEmpty()) {
          tunes.add(tune);
        }
      } catch (AbcException e) {
        reason = Optional.ofNullable(e.getMessage());
      }
      if (reason.isPresent()) {
        leftOut++;
        String why = head + ": " + reason.get();
        firstReason = firstReason.or(() -> Optional.of(why));
      }
    }
    return new Found(List.copyOf(tunes), leftOut, firstReason);
  }

  /** A blank line ends a tune. */
  private static String upToBlankLine(String text) {
    StringBuilder tune = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      if (line.isBlank()) {
        break;
      }
      tune.append(line).append('\n');
    }
    return tune.toString();
  }
}
