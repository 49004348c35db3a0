package org.tapeloop.examples.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class FactsTest {
  private static final long PLENTY = 8L << 30;
  private static final Facts.Speeds GOOD = new Facts.Speeds(1e11, 0.9, 0.05, 0.99);

  private static List<String> advice(
      String backends,
      String backend,
      int threads,
      long memory,
      Map<String, String> environment,
      Facts.@Nullable Speeds speeds) {
    return new Facts(backends, backend, threads, 4, memory, environment, speeds).advice();
  }

  @Test
  void whereAllIsWellThereIsNothingToChange() {
    assertEquals(List.of(), advice("* vector: fine", "vector", 4, PLENTY, Map.of(), GOOD));
    assertEquals(List.of(), advice("* vector: fine", "vector", 4, PLENTY, Map.of(), null));
  }

  @Test
  void eachFindingHasItsRemedy() {
    String report =
        """
          vector (priority 9): refused: the module is missing; add --add-modules x
          openblas (priority 5): fine
        * reference (priority 0): fine
        """;
    List<String> advice =
        advice(
            report,
            "reference",
            5,
            100L << 20,
            Map.of("OPENBLAS_CORETYPE", "Haswell"),
            new Facts.Speeds(1e11, 0.2, 0, 1));
    assertEquals(6, advice.size(), advice.toString());
    assertTrue(advice.get(0).startsWith("the reference backend is for checking only"));
    assertEquals("for vector: add --add-modules x", advice.get(1));
    assertEquals("5 threads on 4 processors hinder each other: --threads 4", advice.get(2));
    assertTrue(advice.get(3).startsWith("products reach 20 %"), advice.get(3));
    assertTrue(advice.get(4).startsWith("OPENBLAS_CORETYPE=Haswell overrides"), advice.get(4));
    assertTrue(advice.get(5).startsWith("the JVM may take 100 MiB only"), advice.get(5));
  }

  @Test
  void figuresOfABusyMachineAreSaidToBeLow() {
    var seen = new Facts.Speeds(1e11, 0.3, 1.7, 0.6);
    assertEquals(
        List.of(
            "other programs kept 1.7 of 4 processors busy during the check, so its figures are"
                + " lower than the machine's: run it again when they are done"),
        advice("* vector: fine", "vector", 4, PLENTY, Map.of(), seen));
    var unseen = new Facts.Speeds(1e11, 0.3, 0, 0.6);
    assertEquals(
        List.of(
            "a thread that computes had a processor for 60 % of the time: something that cannot"
                + " be seen from here computes too, and the figures are lower for it"),
        advice("* vector: fine", "vector", 4, PLENTY, Map.of(), unseen));
  }

  @Test
  void idleProcessorsAreNamed() {
    assertEquals(
        List.of("1 of 4 processors compute: --threads 4 uses all"),
        advice("* vector: fine", "vector", 1, PLENTY, Map.of(), GOOD));
  }
}
