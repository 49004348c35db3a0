import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a {@code DoubleX} for every {@code FloatX} of a package that has none written by hand,
 * word by word, run by the build as a single-file program.
 *
 * <p>A loop over {@code float[]} and one over {@code double[]} can't share source in Java, nor can
 * vectors of the two, and they differ in nothing else. Arguments: the folder of the hand-written
 * sources, and the folder of the generated ones, whose own {@code FloatX} get a twin too. A {@code
 * DoubleX} there whose {@code FloatX} is gone is deleted.
 */
final class DoubleSources {
  private DoubleSources() {}

  public static void main(String[] arguments) throws IOException {
    Path written = Path.of(arguments[0]);
    Path generated = Files.createDirectories(Path.of(arguments[1]));
    deleteOrphans(written, generated);
    for (Path folder : List.of(written, generated)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.sorted().toList()) {
          String name = file.getFileName().toString();
          String twin = name.replaceFirst("^Float", "Double");
          if (!name.equals(twin) && Files.notExists(written.resolve(twin))) {
            Files.writeString(generated.resolve(twin), inDouble(Files.readString(file)));
          }
        }
      }
    }
  }

  private static void deleteOrphans(Path written, Path generated) throws IOException {
    try (Stream<Path> files = Files.list(generated)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        String source = name.replaceFirst("^Double", "Float");
        if (!name.equals(source)
            && Files.notExists(written.resolve(source))
            && Files.notExists(generated.resolve(source))) {
          Files.delete(file);
        }
      }
    }
  }

  /** A cast from double, needed in one, is redundant in the other. */
  private static String inDouble(String source) {
    return source
        .replace("(float) ", "")
        .replaceAll("(?<![A-Za-z_])([0-9][0-9.]*(?:[eE]-?[0-9]+)?)f\\b", "$1")
        .replace("Float", "Double")
        .replace("float", "double")
        .replace("FLOAT", "DOUBLE")
        .replace("IntVector", "LongVector")
        .replace("reinterpretAsInts", "reinterpretAsLongs")
        .replace("F32", "F64")
        .replace("32-bit", "64-bit");
  }
}
