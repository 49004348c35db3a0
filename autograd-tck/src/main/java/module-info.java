/** The conformance suite that any compute backend must pass. */
module org.tapeloop.autograd.tck {
  requires transitive org.tapeloop.autograd;
  requires transitive org.junit.jupiter.api;
  requires static transitive org.jspecify;
  requires org.opentest4j;

  exports org.tapeloop.autograd.tck;

  opens org.tapeloop.autograd.tck to
      org.junit.platform.commons;
}
