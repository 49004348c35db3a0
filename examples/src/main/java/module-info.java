/** The command-line program. */
module org.tapeloop.examples {
  requires org.tapeloop.nn;
  requires static transitive org.jspecify;
}
