package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.tck.BackendVerification;

/** The conformance suite at the vector width of this run. */
@AtAvailableWidth
class VectorBackendTest extends BackendVerification {
  @Override
  protected Backend createBackend(int threads) {
    return new VectorBackend(threads);
  }
}
