package org.tapeloop.nn.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.nn.conformance.ConformanceRun.Entry;
import org.tapeloop.nn.conformance.ConformanceRun.Setting;

/**
 * Outputs, gradients and Hessian-vector products of PyTorch and ONNX Runtime, reproduced on every
 * backend in both element types.
 *
 * <ul>
 *   <li>{@code -Dtapeloop.conformance=FOLDER}: the cases below another folder
 *   <li>{@code -Dtapeloop.conformance.families=ops,layers}: these families only
 *   <li>{@code -Dtapeloop.backend=NAME}: one backend only
 * </ul>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {
  private static final String FOLDER_PROPERTY = "tapeloop.conformance";
  private static final String FAMILIES_PROPERTY = "tapeloop.conformance.families";

  private List<Family> families;
  private List<Setting> settings;
  private ConformanceRun run;

  @BeforeAll
  void readCases() throws URISyntaxException {
    families = selectedFamilies();
    settings = settings();
    run = ConformanceRun.over(folder(), families);
  }

  private static List<Family> selectedFamilies() {
    List<Family> all =
        List.of(
            LayersFamily.create(),
            OpsFamily.create(),
            CellsFamily.create(),
            OnnxFamily.create(),
            LossesFamily.create(),
            new OptimizersFamily(),
            new DecodingFamily(),
            AttentionFamily.create());
    String wanted = System.getProperty(FAMILIES_PROPERTY);
    if (wanted == null) {
      return all;
    }
    List<String> names = Arrays.stream(wanted.split(",")).map(String::strip).toList();
    List<String> known = all.stream().map(Family::name).toList();
    assertTrue(
        known.containsAll(names), FAMILIES_PROPERTY + "=" + wanted + " names none of " + known);
    return all.stream().filter(family -> names.contains(family.name())).toList();
  }

  private static Path folder() throws URISyntaxException {
    String other = System.getProperty(FOLDER_PROPERTY);
    return other != null
        ? Path.of(other)
        : Path.of(ConformanceTest.class.getResource("/conformance/MANIFEST.tsv").toURI())
            .getParent();
  }

  /** Every backend that can be used here, or the one that was asked for. */
  private static List<Setting> settings() {
    String wanted = System.getProperty(Backends.BACKEND_PROPERTY);
    List<Backend> backends = new ArrayList<>();
    if (wanted != null) {
      backends.add(Backends.named(wanted));
    } else {
      for (String name : Backends.names()) {
        try {
          backends.add(Backends.named(name));
        } catch (IllegalArgumentException e) {
          System.out.println("conformance: " + e.getMessage());
        }
      }
    }
    return backends.stream()
        .flatMap(backend -> Stream.of(DType.values()).map(dtype -> new Setting(backend, dtype)))
        .toList();
  }

  @Test
  void everyFileIsACase() {
    assertTrue(run.failures().isEmpty(), () -> run.report());
    assertFalse(run.entries().isEmpty(), "there are no cases of " + families);
  }

  @Test
  void noCarriedCaseIsMissing() {
    Assumptions.assumeTrue(System.getProperty(FOLDER_PROPERTY) == null, "another folder");
    for (Family family : families) {
      assertEquals(family.carried(), run.found(family), "cases of " + family.name());
    }
  }

  @Test
  void everyCarriedKindIsSupported() {
    Assumptions.assumeTrue(System.getProperty(FOLDER_PROPERTY) == null, "another folder");
    for (Entry entry : run.entries()) {
      assertEquals("", run.whyUnsupported(entry), entry.replayed().name());
    }
  }

  @TestFactory
  Stream<DynamicNode> results() {
    return settings.stream()
        .map(
            setting ->
                dynamicContainer(
                    setting.toString(),
                    run.entries().stream().map(entry -> result(entry, setting))));
  }

  private DynamicNode result(Entry entry, Setting setting) {
    return dynamicTest(
        entry.replayed().name(),
        () -> {
          String unsupported = run.whyUnsupported(entry);
          Assumptions.assumeTrue(unsupported.isEmpty(), unsupported);
          List<String> wrong = run.replay(entry, setting);
          if (!wrong.isEmpty()) {
            fail(String.join("; ", wrong));
          }
        });
  }

  @AfterAll
  void printReport() {
    System.out.print(run.margins());
    System.out.println(run.report());
  }
}
