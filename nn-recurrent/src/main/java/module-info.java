/** Recurrent networks: cells, layers, sequences, losses, optimisers and checkpoints. */
module org.tapeloop.nn {
  requires transitive org.tapeloop.autograd;
  requires com.fasterxml.jackson.core;
  requires static transitive org.jspecify;

  exports org.tapeloop.nn.safetensors;
  exports org.tapeloop.nn;
  exports org.tapeloop.nn.attention;
  exports org.tapeloop.nn.cell;
  exports org.tapeloop.nn.checkpoint;
  exports org.tapeloop.nn.data;
  exports org.tapeloop.nn.decoding;
  exports org.tapeloop.nn.hopfield;
  exports org.tapeloop.nn.loss;
  exports org.tapeloop.nn.mixture;
  exports org.tapeloop.nn.optim;
  exports org.tapeloop.nn.seq2seq;
  exports org.tapeloop.nn.softmax;
  exports org.tapeloop.nn.text;
  exports org.tapeloop.nn.wrap;
}
