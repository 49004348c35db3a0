package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectNestedClass;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.tapeloop.autograd.spi.Backend;

/**
 * The suite fails backends that break a clause, and at that clause only, among those of its
 * section. A sound backend passes all sections.
 */
class DefectiveBackendsTest {
  private static final ScopedValue<IntFunction<Backend>> UNDER_TEST = ScopedValue.newInstance();

  /** The suite as a backend's author runs it. */
  static class Suite extends BackendVerification {
    @Override
    protected Backend createBackend(int threads) {
      return UNDER_TEST.get().apply(threads);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDefectFailsAtItsClauseAndNowhereElseInItsSection(Defect defect) {
    Map<String, String> broken = brokenClauses(defect::create, section(defect.clause));
    assertEquals(Set.of(defect.clause), broken.keySet(), broken::toString);
  }

  @Test
  void aSoundBackendWithPackedMatricesBreaksNoClause() {
    assertEquals(
        Map.of(), brokenClauses(threads -> new ForwardingBackend(), selectClass(Suite.class)));
  }

  /** The group of tests that a clause's is in. */
  private static DiscoverySelector section(String clause) {
    Class<?> group =
        Arrays.stream(BackendVerification.class.getDeclaredClasses())
            .filter(nested -> clauses(nested.getSuperclass()).anyMatch(clause::equals))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no test of clause " + clause));
    return selectNestedClass(List.of(Suite.class), group);
  }

  private static Stream<String> clauses(Class<?> group) {
    return Arrays.stream(group.getDeclaredMethods())
        .map(method -> method.getAnnotation(Clause.class))
        .filter(Objects::nonNull)
        .map(Clause::value);
  }

  /** The clauses that fail, with what the failure says. */
  private static Map<String, String> brokenClauses(
      IntFunction<Backend> factory, DiscoverySelector tests) {
    Map<String, String> broken = new TreeMap<>();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(tests).build();
    TestExecutionListener listener =
        new TestExecutionListener() {
          @Override
          public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            result.getThrowable().ifPresent(failure -> note(failure, broken));
          }
        };
    ScopedValue.where(UNDER_TEST, factory)
        .run(() -> LauncherFactory.create().execute(request, listener));
    return broken;
  }

  private static void note(Throwable failure, Map<String, String> broken) {
    String message = String.valueOf(failure.getMessage());
    boolean named = message.startsWith("clause ") && message.contains(": ");
    broken.put(
        named ? message.substring("clause ".length(), message.indexOf(':')) : message, message);
  }
}
