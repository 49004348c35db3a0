/** The compute backend on the JDK's Vector API. */
module org.tapeloop.backend.vector {
  requires org.tapeloop.autograd;
  requires jdk.incubator.vector;
  requires jdk.management;
  requires static transitive org.jspecify;

  provides org.tapeloop.autograd.spi.BackendProvider with
      org.tapeloop.backend.vector.VectorBackendProvider;
}
