package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/your-own-cell.md} is a program, and it is as short as it says. */
class YourOwnCellTest {
  private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\n(.*?)^```$");

  private static String program() throws IOException {
    String page = Files.readString(JavaSources.root().resolve("docs/your-own-cell.md"));
    return JAVA.matcher(page)
        .results()
        .map(block -> block.group(1))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void itHasFewerThanSixtyLines() throws IOException {
    long lines = program().lines().filter(line -> !line.isBlank()).count();
    assertTrue(lines > 40 && lines < 60, lines + " lines");
  }

  /** Runs a program to its end and gives what it said. */
  private static String run(Path folder, String program, boolean succeeds) throws Exception {
    Path source = Files.writeString(folder.resolve("Contest.java"), program);
    Path output = folder.resolve("output.txt");
    Process process = Subprocess.startSource(source, output);
    boolean ended = process.waitFor(300, TimeUnit.SECONDS);
    process.destroyForcibly();
    String said = Files.readString(output);
    assertTrue(ended && (process.exitValue() == 0) == succeeds, said);
    return said;
  }

  @Test
  void itRunsToItsPicture(@TempDir Path folder) throws Exception {
    // Fewer batches: whether the cells learn is what the page is for.
    String program = program();
    String shorter = program.replace("new double[15]", "new double[2]");
    assertNotEquals(program, shorter);
    run(folder, shorter, true);
    BufferedImage picture = ImageIO.read(folder.resolve("contest.png").toFile());
    assertNotNull(picture, "no picture that can be read");
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        colours.add(picture.getRGB(x, y));
      }
    }
    assertTrue(colours.size() > 50, "colours: " + colours.size());
  }

  @Test
  void aWrongDerivativeEndsIt(@TempDir Path folder) throws Exception {
    String program = program();
    String wrong = program.replace("surprise.mul(", "surprise.detach().mul(");
    assertNotEquals(program, wrong);
    String said = run(folder, wrong, false);
    assertTrue(said.contains("gradcheck, first derivative"), said);
  }
}
