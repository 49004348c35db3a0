package org.tapeloop.autograd;

/** How the losses of single items become one number. */
public enum Reduction {
  /** Not at all: one loss an item. */
  NONE,
  /** Their mean; a weighted one where items have weights. */
  MEAN,
  /** Their sum. */
  SUM
}
