/** Recurrent networks: cells, layers, sequences, losses, optimisers and checkpoints. */
module org.tapeloop.nn {
  requires transitive org.tapeloop.autograd;
  requires static transitive org.jspecify;
}
