package org.tapeloop.nn.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A program whose class path has this library and not the one that it reads headers with. */
class JacksonPresenceTest {
  private static final String MESSAGE =
      "safetensors: files are read and written with com.fasterxml.jackson.core:jackson-core,"
          + " which is not on the class path";

  /** Finds everything but Jackson, and has classes of this package of its own. */
  private static final class WithoutJackson extends ClassLoader {
    private static final String OURS = SafeTensorsFile.class.getPackageName();

    WithoutJackson() {
      super(SafeTensorsFile.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("com.fasterxml.")) {
        throw new ClassNotFoundException(name);
      }
      Class<?> known = findLoadedClass(name);
      if (known != null || !name.startsWith(OURS)) {
        return known != null ? known : super.loadClass(name, resolve);
      }
      try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = Objects.requireNonNull(file, name).readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private static void assertRefused(InvocationTargetException thrown) {
    assertInstanceOf(IllegalStateException.class, thrown.getCause());
    assertEquals(MESSAGE, thrown.getCause().getMessage());
  }

  @Test
  void whoWritesAFileWithoutItIsToldItsName() throws ReflectiveOperationException {
    var writer = new WithoutJackson().loadClass(SafeTensorsWriter.class.getName());
    var constructor = writer.getConstructor();
    assertRefused(assertThrows(InvocationTargetException.class, constructor::newInstance));
  }

  @Test
  void whoReadsAFileWithoutItIsToldItsName() throws ReflectiveOperationException {
    var file = new WithoutJackson().loadClass(SafeTensorsFile.class.getName());
    Method open = file.getMethod("open", Path.class);
    assertRefused(
        assertThrows(InvocationTargetException.class, () -> open.invoke(null, Path.of("any"))));
  }
}
