package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class AddingAnOpPageTest {
  /** Surefire runs in the module's folder. */
  private static final Path PROJECT = Path.of("..");

  private static final Pattern QUOTE =
      Pattern.compile("\n`(\\S+)`\n\n```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void everyBlockOfThePageIsQuotedFromTheSourceItNames() throws IOException {
    String page = Files.readString(PROJECT.resolve("docs/adding-an-op.md"));
    Matcher quotes = QUOTE.matcher(page);
    int found = 0;
    while (quotes.find()) {
      String source = Files.readString(PROJECT.resolve(quotes.group(1)));
      assertTrue(source.contains(quotes.group(2)), quotes.group(1) + " lacks:\n" + quotes.group(2));
      found++;
    }
    assertEquals(page.split("```java", -1).length - 1, found, "a block names no source");
    assertTrue(found >= 6, "only " + found + " blocks found");
  }
}
