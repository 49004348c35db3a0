package org.tapeloop.backend.openblas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BackendProvider;
import org.tapeloop.autograd.spi.BackendProvider.Probe;

class OpenBlasProviderTest {
  private final BackendProvider provider = new OpenBlasProvider();

  @Test
  void isFoundByTheServiceLoader() {
    OpenBlasProvider.class.getModule().addUses(BackendProvider.class);
    assertTrue(
        ServiceLoader.load(BackendProvider.class).stream()
            .anyMatch(found -> found.type() == OpenBlasProvider.class));
  }

  @Test
  void comesAfterAFasterDefaultAndBeforeTheReference() {
    assertEquals("openblas", provider.name());
    assertEquals(50, provider.priority());
  }

  @Test
  void reportsTheLibraryAndTheCoreThatRuns() {
    Probe.Usable usable = assertInstanceOf(Probe.Usable.class, provider.probe());
    assertTrue(usable.detail().startsWith("OpenBLAS 0.3.31 "), usable.detail());
    assertTrue(usable.detail().matches(".*, core \\w+( \\(.*\\))?"), usable.detail());
    String wanted = System.getenv("OPENBLAS_CORETYPE");
    if (wanted != null) {
      assertTrue(usable.detail().contains("core " + wanted + " (set by "), usable.detail());
    }
  }

  @Test
  void backendsOfDifferentThreadCountsLiveSideBySide() {
    Backend one = provider.create(1);
    Backend three = provider.create(3);
    assertEquals(1, one.threads());
    assertEquals(3, three.threads());
    assertTrue(one.description().endsWith(", 1 thread"), one.description());
    assertTrue(three.description().endsWith(", 3 threads"), three.description());
  }
}
