package org.tapeloop.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compiles source text against the project's modules. */
public final class JavaSources {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final List<String> MODULES =
      List.of(
          "autograd-core",
          "autograd-tck",
          "backend-vector",
          "backend-openblas",
          "nn-recurrent",
          "examples");

  private static final Pattern TYPE =
      Pattern.compile("(?m)^(?:public )?(?:class|interface) (\\w+)");

  private JavaSources() {}

  /** The project's folder. */
  public static Path root() {
    return ROOT;
  }

  /** The modules whose classes exist when the tests of this one run. */
  public static List<String> modules() {
    return MODULES;
  }

  /** Where a module's compiled classes are. */
  public static Path classes(String module) {
    return ROOT.resolve(module).resolve("target").resolve("classes");
  }

  /**
   * Compiles sources of one class each into a folder.
   *
   * @throws IllegalArgumentException with the compiler's messages
   */
  public static void compile(Path folder, String... sources) {
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    String classPath =
        MODULES.stream()
            .map(module -> classes(module).toString())
            .collect(Collectors.joining(System.getProperty("path.separator")));
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-proc:none", "-nowarn", "--add-modules=jdk.incubator.vector"));
    arguments.addAll(List.of("--class-path", classPath, "-d", folder.toString()));
    try {
      for (String source : sources) {
        Matcher type = TYPE.matcher(source);
        if (!type.find()) {
          throw new IllegalArgumentException("no class in: " + source);
        }
        Path file = folder.resolve(type.group(1) + ".java");
        Files.writeString(file, source);
        arguments.add(file.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    StringWriter messages = new StringWriter();
    PrintWriter out = new PrintWriter(messages);
    if (javac.run(out, out, arguments.toArray(String[]::new)) != 0) {
      throw new IllegalArgumentException(
          messages + Stream.of(sources).collect(Collectors.joining("\n----\n", "\n", "\n")));
    }
  }
}
