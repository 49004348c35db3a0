package org.tapeloop.backend.openblas;

import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.tck.BackendVerification;

/** The OpenBLAS backend obeys the backend contract. */
class OpenBlasBackendTest extends BackendVerification {

  @Override
  protected Backend createBackend(int threads) {
    return new OpenBlasProvider().create(threads);
  }
}
