/** The conformance suite that any compute backend must pass. */
module org.tapeloop.autograd.tck {
  requires transitive org.tapeloop.autograd;
  requires transitive org.junit.jupiter.api;
  requires org.junit.jupiter.params;
  requires static transitive org.jspecify;
}
