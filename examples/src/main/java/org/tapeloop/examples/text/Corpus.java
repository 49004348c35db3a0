package org.tapeloop.examples.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.tapeloop.examples.files.Failure;

/**
 * A text in two parts.
 *
 * @param name what it is, for a person
 * @param training the part to learn from
 * @param validation the held-out part
 */
public record Corpus(String name, String training, String validation) {
  private static final double HELD_OUT = 0.1;

  /** A text whose last tenth is held out. */
  public static Corpus holdingOutLastTenth(String name, String text) {
    int characters = text.codePointCount(0, text.length());
    int kept = characters - (int) Math.round(characters * HELD_OUT);
    int cut = text.offsetByCodePoints(0, kept);
    return new Corpus(name, text.substring(0, cut), text.substring(cut));
  }

  /**
   * The text of a file or folder. Of a folder, files with "train" in their names are learned from
   * and those with "valid" held out, if there are both; else the last tenth of the lines is.
   *
   * @throws Failure if it cannot be read
   */
  public static Corpus ofLines(Path path) {
    return parts(path).orElseGet(() -> holdingOutLastLines(path.toString(), TextFiles.read(path)));
  }

  /** As {@link #ofLines}, but the last tenth of the characters is held out, wherever it begins. */
  public static Corpus ofCharacters(Path path) {
    return parts(path).orElseGet(() -> holdingOutLastTenth(path.toString(), TextFiles.read(path)));
  }

  private static Optional<Corpus> parts(Path path) {
    if (!Files.isDirectory(path)) {
      return Optional.empty();
    }
    List<Path> files = TextFiles.filesBelow(path);
    List<Path> training = named("train", files);
    List<Path> heldOut = named("valid", files);
    return training.isEmpty() || heldOut.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Corpus(path.toString(), TextFiles.read(training), TextFiles.read(heldOut)));
  }

  private static Corpus holdingOutLastLines(String name, String text) {
    List<String> lines = text.lines().toList();
    int kept = lines.size() - (int) Math.round(lines.size() * HELD_OUT);
    return new Corpus(
        name, joined(lines.subList(0, kept)), joined(lines.subList(kept, lines.size())));
  }

  private static List<Path> named(String part, List<Path> files) {
    return files.stream()
        .filter(file -> String.valueOf(file.getFileName()).contains(part))
        .toList();
  }

  private static String joined(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  /** A fingerprint of both parts, by which a resumed run knows its text again. */
  public String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(training.getBytes(StandardCharsets.UTF_8));
      // A byte that occurs in no UTF-8 text tells where the split is.
      sha.update((byte) 0xFF);
      sha.update(validation.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The characters of both parts. */
  public Vocabulary vocabulary() {
    return Vocabulary.of(training + validation);
  }

  /**
   * Refuses a text that is too short to train on and to validate.
   *
   * @param length of a training sequence; each part must hold one and the character after it
   * @throws Failure if a part is shorter
   */
  public Corpus requireSequences(int length) {
    int shortest =
        Math.min(
            training.codePointCount(0, training.length()),
            validation.codePointCount(0, validation.length()));
    if (shortest <= length) {
      int needed = (int) Math.ceil((length + 1) / HELD_OUT);
      throw new Failure(
          "%s: the text is too short: with sequences of %d characters and a tenth held out it needs"
                  .formatted(name, length)
              + " about %d characters or more (see --sequence)".formatted(needed));
    }
    return this;
  }
}
