package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A page of the documentation whose blocks of Java stand in sources word for word. */
final class DocumentedPage {
  private static final String SOURCES = "nn-recurrent/src/%s/java/org/tapeloop/nn/%s.java";

  private final Path root;
  private final String page;

  /**
   * A page.
   *
   * @param page its path in the project
   */
  DocumentedPage(String page) {
    this.page = page;
    // Tests run in the module's folder, or in the project's itself.
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve(page))) {
      folder = Objects.requireNonNull(folder.getParent(), page + " is not there");
    }
    root = folder;
  }

  Path path() {
    return root.resolve(page);
  }

  Path mainSource(String name) {
    return root.resolve(SOURCES.formatted("main", name));
  }

  Path testSource(String name) {
    return root.resolve(SOURCES.formatted("test", name));
  }

  /** There is a block, and each is in one of the sources. */
  void requireBlocksIn(Path... sources) throws IOException {
    List<String> codes = new ArrayList<>();
    for (Path source : sources) {
      codes.add(code(Files.readAllLines(source).stream()));
    }
    List<String> blocks = blocks(Files.readAllLines(root.resolve(page)));
    assertFalse(blocks.isEmpty(), "no blocks of code found in " + page);
    for (String block : blocks) {
      assertTrue(
          codes.stream().anyMatch(code -> code.contains(block)),
          () -> "not in any source:\n" + block);
    }
  }

  /** The lines without indentation, comments and blank ones. */
  private static String code(Stream<String> lines) {
    return lines
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("/*") && !line.startsWith("*"))
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  private static List<String> blocks(List<String> page) {
    List<String> blocks = new ArrayList<>();
    List<String> block = null;
    for (String line : page) {
      if (line.equals("```java")) {
        block = new ArrayList<>();
      } else if (line.equals("```") && block != null) {
        blocks.add(code(block.stream()));
        block = null;
      } else if (block != null) {
        block.add(line);
      }
    }
    return blocks;
  }
}
