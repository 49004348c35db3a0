package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.spi.BackendProvider;
import org.tapeloop.autograd.spi.BackendProvider.Probe;

class VectorBackendProviderTest {
  /** Prints what the provider says, for a JVM of its own. */
  static final class Ask {
    private Ask() {}

    public static void main(String[] arguments) {
      BackendProvider provider = new VectorBackendProvider();
      System.out.println(provider.probe());
    }
  }

  @Test
  @ExtendWith(AtAvailableWidth.Condition.class)
  void isUsableAndSaysHowWide() {
    var usable = assertInstanceOf(Probe.Usable.class, new VectorBackendProvider().probe());
    assertTrue(usable.detail().contains(VectorWidth.BITS + "-bit"), usable.detail());
    String description = new VectorBackendProvider().create(3).description();
    assertTrue(description.startsWith(usable.detail()), description);
    assertTrue(description.endsWith("3 threads"), description);
  }

  @Test
  void isFoundOnTheModulePathAndOnTheClassPath() throws IOException {
    String provider = VectorBackendProvider.class.getName();
    var descriptor = VectorBackendProvider.class.getModule().getDescriptor();
    if (descriptor != null) {
      assertTrue(
          descriptor.provides().stream().anyMatch(p -> p.providers().contains(provider)),
          descriptor.provides().toString());
    }
    String listing = "/META-INF/services/" + BackendProvider.class.getName();
    try (var stream = VectorBackendProvider.class.getResourceAsStream(listing)) {
      assertNotNull(stream, listing);
      assertEquals(provider, new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', Refused, java --add-modules jdk.incubator.vector",
    "--add-modules jdk.incubator.vector, Usable, -bit vectors",
    "--add-modules jdk.incubator.vector -Xint, Refused, leave out -Xint",
    "--add-modules jdk.incubator.vector -XX:TieredStopAtLevel=1, Refused, leave out"
        + " -XX:TieredStopAtLevel",
    "--add-modules jdk.incubator.vector -XX:-UseFMA, Refused, fused multiply-add",
    "--add-modules jdk.incubator.vector -Dtapeloop.vector.bits=640, Refused, is not 128",
    "--add-modules jdk.incubator.vector -Dtapeloop.vector.bits=wide, Refused, is not 128",
  })
  void refusesWithReasonAndRemedy(String options, String answer, String words)
      throws IOException, InterruptedException, URISyntaxException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : options.split(" ", -1)) {
      if (!option.isEmpty()) {
        command.add(option);
      }
    }
    command.add("-cp");
    command.add(
        place(VectorBackendProvider.class)
            + File.pathSeparator
            + place(VectorBackendProviderTest.class)
            + File.pathSeparator
            + place(BackendProvider.class));
    command.add(Ask.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains(answer) && said.contains(words), said);
  }

  /**
   * Where a class was loaded from. In tests that patch a module, the sources of both are one
   * module.
   */
  private static String place(Class<?> type) throws URISyntaxException {
    var source = type.getProtectionDomain().getCodeSource();
    String place = Path.of(source.getLocation().toURI()).toString();
    return type == VectorBackendProviderTest.class
        ? place.replace(File.separator + "classes", File.separator + "test-classes")
        : place;
  }
}
