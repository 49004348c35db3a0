/**
 * Automatic differentiation: tensors, operations, the tape, and the contract of compute backends.
 */
module org.tapeloop.autograd {
  requires jdk.jfr;
  requires static transitive org.jspecify;

  exports org.tapeloop.autograd;
  exports org.tapeloop.autograd.scan;
  exports org.tapeloop.autograd.spi;

  uses org.tapeloop.autograd.spi.BackendProvider;

  provides org.tapeloop.autograd.spi.BackendProvider with
      org.tapeloop.autograd.reference.ReferenceProvider;
}
