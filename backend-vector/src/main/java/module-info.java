/** The compute backend on the JDK's Vector API. */
module org.tapeloop.backend.vector {
  requires org.tapeloop.autograd;
  requires jdk.incubator.vector;
  requires static transitive org.jspecify;
}
