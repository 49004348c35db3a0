/** The command-line program. */
@SuppressWarnings("requires-automatic") // XChart has no descriptor of its own
module org.tapeloop.examples {
  requires org.tapeloop.nn;
  requires com.fasterxml.jackson.core;
  requires info.picocli;
  requires java.desktop;
  requires java.logging;
  requires java.management;
  requires me.tongfei.progressbar;
  requires org.knowm.xchart;
  requires static transitive org.jspecify;

  // picocli sets the fields that hold options.
  opens org.tapeloop.examples to
      info.picocli;
  opens org.tapeloop.examples.charlm to
      info.picocli;
  opens org.tapeloop.examples.cli to
      info.picocli;
  opens org.tapeloop.examples.doctor to
      info.picocli;
  opens org.tapeloop.examples.language to
      info.picocli;
  opens org.tapeloop.examples.polyphony to
      info.picocli;
  opens org.tapeloop.examples.seq2seq to
      info.picocli;
  opens org.tapeloop.examples.tasks to
      info.picocli;
  opens org.tapeloop.examples.wordlm to
      info.picocli;
}
