package org.tapeloop.benchmarks.peers;

import java.util.Map;

/** One layer forward and backward, in one of the libraries. */
interface Training {

  /** Forward, and backward to the input and all parameters; the results are dropped. */
  void step();

  /** The outputs, and the gradients of the input and of each parameter, by name, row-major. */
  Map<String, float[]> results();
}
