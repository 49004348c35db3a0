package org.tapeloop.nn.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;

/** PyTorch's trajectories of the optimisers that there are so far, and its clipped gradients. */
class OptimizersTest {
  private static final int CASES = 25;
  private static final Family FAMILY = new OptimizersFamily();

  static List<Named<ConformanceCase>> cases() throws IOException, URISyntaxException {
    Path folder =
        Path.of(OptimizersTest.class.getResource("/conformance/MANIFEST.tsv").toURI()).getParent();
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("optimizers-"))
          .sorted()
          .map(ConformanceCase::read)
          .filter(each -> FAMILY.supports(each.kind()))
          .map(each -> Named.of(each.name(), each))
          .toList();
    }
  }

  @Test
  void noCaseIsMissing() throws IOException, URISyntaxException {
    assertEquals(CASES, cases().size());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theTrajectoryIsPyTorchs(ConformanceCase replayed) {
    for (String backend : List.of("reference", Backends.current().name())) {
      for (DType dtype : DType.values()) {
        List<Deviation> deviations =
            Backends.use(backend, () -> FAMILY.replay(replayed, dtype)).stream()
                .filter(deviation -> !deviation.isAccepted())
                .toList();
        assertEquals(List.of(), deviations, replayed.name() + " " + backend + " " + dtype);
      }
    }
  }
}
