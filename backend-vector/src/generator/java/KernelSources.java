import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the sources that would otherwise be copies of one another, run by the build from source.
 *
 * <p>Three families: register tiles, see {@link TileSources}, square blocks, see {@link
 * BlockSources}, and elementwise loops, see {@link LoopSources}. All are written for floats; those
 * for doubles are derived from them, and from the sources written by hand, by the next step of the
 * build.
 *
 * <p>Argument: the folder of the generated package.
 */
public final class KernelSources {
  private KernelSources() {}

  public static void main(String[] arguments) throws IOException {
    Path generated = Files.createDirectories(Path.of(arguments[0]));
    write(generated, "FloatTiles", TileSources.tiles(header("FloatVector", "VectorSpecies")));
    String[] shuffled = {"FloatVector", "VectorMask", "VectorShuffle", "VectorSpecies"};
    write(generated, "FloatBlocks", BlockSources.blocks(header(shuffled)));
    String[] used = {
      "FloatVector", "VectorMask", "VectorOperators", "VectorShuffle", "VectorSpecies"
    };
    String kernels =
        "import org.jspecify.annotations.Nullable;\n"
            + "import org.tapeloop.autograd.spi.BinaryKernel;\n\n";
    write(generated, "FloatLoops", LoopSources.loops(header(used) + kernels));
  }

  private static void write(Path folder, String name, String source) throws IOException {
    Files.writeString(folder.resolve(name + ".java"), source);
  }

  private static String header(String... imports) {
    var s =
        new StringBuilder(
            "// Written by KernelSources: edit that.\npackage org.tapeloop.backend.vector;\n\n");
    for (String name : imports) {
      s.append("import jdk.incubator.vector.").append(name).append(";\n");
    }
    return s.append("\n").toString();
  }
}
