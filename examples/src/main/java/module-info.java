/** The command-line program. */
@SuppressWarnings("requires-automatic") // XChart has no descriptor of its own
module org.tapeloop.examples {
  requires org.tapeloop.nn;
  requires info.picocli;
  requires me.tongfei.progressbar;
  requires org.knowm.xchart;
  requires static transitive org.jspecify;

  // picocli sets the fields that hold options.
  opens org.tapeloop.examples to
      info.picocli;
}
