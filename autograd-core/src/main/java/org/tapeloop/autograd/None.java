package org.tapeloop.autograd;

/** The attributes of an op that has none. */
enum None {
  NONE
}
