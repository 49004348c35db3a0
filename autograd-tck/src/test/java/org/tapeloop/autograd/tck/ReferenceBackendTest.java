package org.tapeloop.autograd.tck;

import java.util.ServiceLoader;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BackendProvider;

/** The reference backend passes its own contract. */
class ReferenceBackendTest extends BackendVerification {

  @Override
  protected Backend createBackend(int threads) {
    return reference();
  }

  static Backend reference() {
    // Only the tests look up providers, so the module's descriptor does not say so.
    ReferenceBackendTest.class.getModule().addUses(BackendProvider.class);
    return ServiceLoader.load(BackendProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals("reference"))
        .findFirst()
        .orElseThrow()
        .create(1);
  }
}
