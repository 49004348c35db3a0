/** The compute backend on OpenBLAS. */
module org.tapeloop.backend.openblas {
  requires org.tapeloop.autograd;
  requires static transitive org.jspecify;
}
