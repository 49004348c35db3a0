package org.tapeloop.examples.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that are replaced as a whole: a reader, or a crash, finds the old content or the new. */
public final class WholeFile {
  private WholeFile() {}

  /**
   * Replaces the content of a file.
   *
   * @throws Failure if it cannot be written; the old content is still there then
   */
  public static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** As {@link #write(Path, String)}. */
  public static void write(Path file, byte[] bytes) {
    Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      try {
        Files.write(unfinished, bytes);
        Files.move(
            unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (NoSuchFileException e) {
      throw new Failure("cannot write %s: there is no such folder".formatted(file), e);
    } catch (IOException e) {
      throw Failure.to("write " + file, e);
    }
  }
}
