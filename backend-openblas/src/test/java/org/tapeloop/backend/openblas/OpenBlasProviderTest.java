package org.tapeloop.backend.openblas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
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

  /** As on a class path that has this backend's jar but not javacpp's. */
  private static final class WithoutJavaCpp extends ClassLoader {
    WithoutJavaCpp() {
      super("without javacpp", OpenBlasProvider.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.bytedeco.")) {
        throw new ClassNotFoundException(name);
      }
      return name.startsWith(OpenBlasProvider.class.getPackageName() + ".")
          ? own(name)
          : super.loadClass(name, resolve);
    }

    private Class<?> own(String name) throws ClassNotFoundException {
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
      try (InputStream in = OpenBlasProvider.class.getResourceAsStream(file)) {
        byte[] bytes = Objects.requireNonNull(in, file).readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void withoutJavaCppItIsRefusedEachTimeAndSaysWhatToAdd() throws Exception {
    Class<?> type = new WithoutJavaCpp().loadClass(OpenBlasProvider.class.getName());
    var alone = (BackendProvider) type.getDeclaredConstructor().newInstance();
    for (int i = 0; i < 2; i++) {
      var refused = assertInstanceOf(Probe.Refused.class, alone.probe());
      assertTrue(
          refused.reason().startsWith("the artifact org.bytedeco:javacpp"), refused.reason());
      assertTrue(refused.remedy().startsWith("add org.bytedeco:javacpp,"), refused.remedy());
    }
    var error = assertThrows(IllegalStateException.class, () -> alone.create(1));
    assertTrue(error.getMessage().startsWith("openblas: the artifact"), error.getMessage());
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
