/** The compute backend on OpenBLAS. */
module org.tapeloop.backend.openblas {
  requires org.tapeloop.autograd;
  requires org.bytedeco.javacpp;
  requires static transitive org.jspecify;

  provides org.tapeloop.autograd.spi.BackendProvider with
      org.tapeloop.backend.openblas.OpenBlasProvider;
}
