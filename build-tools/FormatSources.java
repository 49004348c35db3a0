import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks or applies google-java-format on every Java source below a directory.
 *
 * <p>The build runs this file with the JDK that compiles the project: the formatter parses with the
 * compiler of its own JVM, and the one that runs Maven may not know the syntax.
 *
 * <p>A check names the sources that are not formatted and leaves their list in a report file, for
 * which the build then fails; where all are formatted there is no such file.
 */
final class FormatSources {

  /** Some comments take the formatter a second pass; more than this and it does not converge. */
  private static final int MAX_PASSES = 4;

  private FormatSources() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 3 || !(args[0].equals("check") || args[0].equals("apply"))) {
      System.err.println("usage: FormatSources check|apply DIRECTORY REPORT");
      System.exit(2);
    }
    Path root = Path.of(args[1]).toAbsolutePath().normalize();
    Path report = Path.of(args[2]);
    Files.deleteIfExists(report);
    List<Path> sources = sourcesBelow(root);
    if (sources.isEmpty()) {
      System.err.println("No Java source below " + root);
      System.exit(2);
    }

    List<Path> unformatted = unformatted(sources);
    if (args[0].equals("apply")) {
      for (int pass = 0; !unformatted.isEmpty(); pass++) {
        if (pass == MAX_PASSES) {
          throw new IllegalStateException("not stable after " + pass + " passes: " + unformatted);
        }
        format(List.of("--replace"), unformatted);
        unformatted = unformatted(unformatted);
      }
    } else if (!unformatted.isEmpty()) {
      List<String> names = unformatted.stream().map(root::relativize).map(Path::toString).toList();
      Files.write(report, names);
      System.err.println("Not formatted with google-java-format:");
      names.forEach(name -> System.err.println("  " + name));
    }
  }

  private static List<Path> unformatted(List<Path> sources) throws Exception {
    return format(List.of("--dry-run"), sources).lines().map(Path::of).sorted().toList();
  }

  /** Runs the formatter's own command line, and ends the program where a source has no parse. */
  private static String format(List<String> options, List<Path> sources) throws Exception {
    var arguments = new ArrayList<>(options);
    sources.forEach(source -> arguments.add(source.toString()));
    var output = new StringWriter();
    var errors = new StringWriter();
    try (var out = new PrintWriter(output);
        var err = new PrintWriter(errors)) {
      new Main(out, err, InputStream.nullInputStream()).format(arguments.toArray(String[]::new));
    }
    if (!errors.toString().isBlank()) {
      System.err.println("google-java-format can't read:");
      System.err.println(errors.toString().strip());
      System.exit(1);
    }
    return output.toString();
  }

  private static List<Path> sourcesBelow(Path root) throws IOException {
    var sources = new ArrayList<Path>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            return !directory.equals(root) && (name.equals("target") || name.startsWith("."))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              sources.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    sources.sort(null);
    return sources;
  }
}
