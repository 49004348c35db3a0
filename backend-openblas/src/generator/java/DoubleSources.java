import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Writes a {@code DoubleX} for every {@code FloatX} of the package that has none written by hand,
 * word by word, run by the build as a single-file program.
 *
 * <p>A loop over {@code float[]} and one over {@code double[]} can't share source in Java, and the
 * two differ in nothing else. Arguments: the folder of the written sources, the folder of the
 * generated ones.
 */
final class DoubleSources {
  private DoubleSources() {}

  public static void main(String[] arguments) throws IOException {
    Path generated = Files.createDirectories(Path.of(arguments[1]));
    try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        String twin = name.replaceFirst("^Float", "Double");
        if (!name.equals(twin) && Files.notExists(file.resolveSibling(twin))) {
          Files.writeString(generated.resolve(twin), inDouble(Files.readString(file)));
        }
      }
    }
  }

  /** A cast from double, needed in one, is redundant in the other. */
  private static String inDouble(String source) {
    return source
        .replace("(float) ", "")
        .replaceAll("\\b([0-9][0-9.]*)f\\b", "$1")
        .replace("Float", "Double")
        .replace("float", "double")
        .replace("F32", "F64");
  }
}
