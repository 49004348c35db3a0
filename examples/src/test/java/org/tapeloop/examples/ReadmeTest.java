package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.Tensor;

/** What README.md shows is true of the project as it is. */
class ReadmeTest {
  private static final Pattern FENCED = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

  /** The fenced blocks of one language below a heading of the second level. */
  private static List<String> blocks(String heading, String language) throws IOException {
    String readme = Files.readString(JavaSources.root().resolve("README.md"));
    int start = readme.indexOf("\n## " + heading + "\n");
    assertTrue(start >= 0, "README.md has no section '" + heading + "'");
    int end = readme.indexOf("\n## ", start + 1);
    Matcher fenced = FENCED.matcher(readme.substring(start, end < 0 ? readme.length() : end));
    return fenced.results().filter(m -> m.group(1).equals(language)).map(m -> m.group(2)).toList();
  }

  @Test
  void theQuickStartIsOneBlockOfTwoCommands() throws IOException {
    List<String> blocks = blocks("Quick start", "sh");
    assertEquals(1, blocks.size());
    assertEquals(2, blocks.getFirst().strip().lines().count());
  }

  @Test
  void theCellCompilesAndEveryParameterLearns(@TempDir Path folder) throws Exception {
    List<String> blocks = blocks("A cell of your own", "java");
    assertEquals(2, blocks.size(), "a cell, and its use");
    String use =
        """
        import java.util.*;
        import org.tapeloop.autograd.*;
        import org.tapeloop.nn.*;

        public class Use {
          public static Map<Tensor, Tensor> run() {
        %s
            return gradients;
          }
        }
        """
            .formatted(blocks.getLast());
    JavaSources.compile(folder, blocks.getFirst(), use);
    URL[] compiled = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(compiled, getClass().getClassLoader())) {
      Map<?, ?> gradients = (Map<?, ?>) loader.loadClass("Use").getMethod("run").invoke(null);
      assertEquals(4, gradients.size());
      gradients.forEach(
          (parameter, gradient) -> {
            assertEquals(((Tensor) parameter).shape(), ((Tensor) gradient).shape());
            double largest = ((Tensor) gradient).abs().max().item();
            assertTrue(largest > 0 && largest < 1e3, "a gradient as large as " + largest);
          });
    }
  }

  @Test
  void theTableOfBackendsNamesThemAll() throws IOException {
    String readme = Files.readString(JavaSources.root().resolve("README.md"));
    Stream.of("vector", "openblas", "reference")
        .forEach(name -> assertTrue(readme.contains("| `" + name + "` |"), name));
  }
}
