package org.tapeloop.autograd.reference;

import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BackendProvider;

/** Announces the reference backend: usable everywhere, and chosen where nothing faster is. */
public final class ReferenceProvider implements BackendProvider {

  @Override
  public String name() {
    return ReferenceBackend.NAME;
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Probe probe() {
    return new Probe.Usable(ReferenceBackend.DESCRIPTION);
  }

  /** The reference backend, which uses one thread however many it may. */
  @Override
  public Backend create(int threads) {
    return new ReferenceBackend();
  }
}
