package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.tapeloop.autograd.spi.Backend;

/** The suite fails backends that break a clause, and at that clause only. */
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
  void aDefectFailsAtItsClauseAndNowhereElse(Defect defect) {
    assertEquals(Set.of(defect.clause), brokenClauses(defect::create));
  }

  @Test
  void aSoundBackendWithPackedMatricesBreaksNoClause() {
    assertEquals(Set.of(), brokenClauses(threads -> new ForwardingBackend()));
  }

  private static Set<String> brokenClauses(IntFunction<Backend> factory) {
    Set<String> broken = new TreeSet<>();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Suite.class)).build();
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

  private static void note(Throwable failure, Set<String> broken) {
    String message = String.valueOf(failure.getMessage());
    boolean named = message.startsWith("clause ") && message.contains(": ");
    broken.add(named ? message.substring("clause ".length(), message.indexOf(':')) : message);
  }
}
