package org.tapeloop.backend.openblas;

import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BackendProvider;

/**
 * Announces the OpenBLAS backend: usable where the library's artifact for the platform is present.
 */
public final class OpenBlasProvider implements BackendProvider {
  static final String NAME = "openblas";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int priority() {
    return 50;
  }

  @Override
  public Probe probe() {
    try {
      return OpenBlasLibrary.probe();
    } catch (NoClassDefFoundError e) {
      return new Probe.Refused(
          "the artifact org.bytedeco:javacpp, which finds OpenBLAS, is not on the class path or"
              + " module path",
          "add org.bytedeco:javacpp, and org.bytedeco:openblas with the classifier of the platform"
              + " beside it");
    }
  }

  /**
   * A backend with its own pool of threads.
   *
   * @throws IllegalStateException if the library is not usable
   */
  @Override
  public Backend create(int threads) {
    return switch (probe()) {
      case Probe.Usable usable -> new OpenBlasBackend(usable.detail(), threads);
      case Probe.Refused refused ->
          throw new IllegalStateException(
              "openblas: " + refused.reason() + "; " + refused.remedy());
    };
  }
}
