package org.tapeloop.benchmarks.peers;

import java.util.Map;

/** A layer in one of the libraries, with what is done to it. */
interface Job {

  /** What is timed; the results are dropped. */
  void step();

  /** What it computes, by name, row-major; to be called before any {@link #step}. */
  Map<String, float[]> results();
}
