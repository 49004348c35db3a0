package org.tapeloop.examples.files;

import java.io.IOException;
import java.io.Serial;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * A failure that its user can understand and mend. The message is one line and is all that is
 * shown.
 */
public final class Failure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /** A failure with its whole message. */
  public Failure(String message) {
    super(message);
  }

  /** A failure with its whole message and what caused it. */
  public Failure(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * A failed read or write: "cannot {@code doing}: reason".
   *
   * @param doing what was tried and on which file, such as "read notes.txt"
   */
  public static Failure to(String doing, IOException cause) {
    return new Failure("cannot " + doing + ": " + reason(cause), cause);
  }

  private static String reason(IOException cause) {
    String text =
        switch (cause) {
          case NoSuchFileException missing -> "there is no such file";
          case AccessDeniedException denied -> "permission denied";
          case FileAlreadyExistsException exists -> "a file of that name is in the way";
          case CharacterCodingException coding -> "it is not UTF-8 text";
          case FileSystemException failed when failed.getReason() != null -> failed.getReason();
          default -> cause.getMessage();
        };
    return text == null || text.isBlank() ? cause.getClass().getSimpleName() : text.strip();
  }
}
