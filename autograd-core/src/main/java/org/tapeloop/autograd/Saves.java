package org.tapeloop.autograd;

/**
 * What an op's vjp reads of the forward computation, and so what the tape keeps alive until
 * backward has passed.
 */
public enum Saves {
  /** Nothing: the vjp needs the cotangent and shapes only. */
  NOTHING,
  /** The inputs. */
  INPUTS,
  /** The output. */
  OUTPUT,
  /** The inputs and the output. */
  BOTH;

  boolean inputs() {
    return this == INPUTS || this == BOTH;
  }

  boolean output() {
    return this == OUTPUT || this == BOTH;
  }
}
