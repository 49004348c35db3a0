package org.tapeloop.autograd.spi;

/**
 * Announces a backend to the service loader: a module {@code provides BackendProvider with ...}, a
 * class-path jar lists it in {@code META-INF/services}.
 */
public interface BackendProvider {

  /** What the user types to choose it: lower case, no spaces. */
  String name();

  /** The usable provider with the highest priority is the default. The reference backend has 0. */
  int priority();

  /**
   * Whether the backend can work in this JVM. Never throws: a reason not to be used is an answer.
   */
  Probe probe();

  /**
   * Makes the backend. Called only after {@link #probe} said {@link Probe.Usable}.
   *
   * @param threads how many threads its kernels may use, at least 1
   */
  Backend create(int threads);

  /** The answer of {@link #probe}. */
  sealed interface Probe {

    /**
     * The backend can be created.
     *
     * @param detail what it will use, for {@code Backends.describe()}
     */
    record Usable(String detail) implements Probe {}

    /**
     * The backend cannot be created here.
     *
     * @param reason what is missing
     * @param remedy what the user can type or install to mend it
     */
    record Refused(String reason, String remedy) implements Probe {}
  }
}
