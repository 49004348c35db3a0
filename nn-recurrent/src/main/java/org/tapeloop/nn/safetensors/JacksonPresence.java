package org.tapeloop.nn.safetensors;

/**
 * The library that headers are read and written with. A module path cannot lack it; a class path
 * that was put together by hand can.
 */
final class JacksonPresence {
  private JacksonPresence() {}

  /**
   * Comes before anything that refers to the library.
   *
   * @throws IllegalStateException if it is not there
   */
  static void require() {
    try {
      Class.forName(
          "com.fasterxml.jackson.core.JsonFactory", false, JacksonPresence.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "safetensors: files are read and written with com.fasterxml.jackson.core:jackson-core,"
              + " which is not on the class path",
          e);
    }
  }
}
