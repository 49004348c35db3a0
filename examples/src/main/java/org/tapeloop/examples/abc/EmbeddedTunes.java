package org.tapeloop.examples.abc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The old tunes that come with the program, all in the public domain. */
public final class EmbeddedTunes {
  private static final String RESOURCE = "tunes.abc";

  private EmbeddedTunes() {}

  /** All of them. */
  public static List<Tune> all() {
    AbcFiles.Found found = AbcFiles.parse(text());
    if (found.leftOut() > 0) {
      throw new IllegalStateException(RESOURCE + ": " + found.firstReason().orElse(""));
    }
    return found.tunes();
  }

  private static String text() {
    try (InputStream in = EmbeddedTunes.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
