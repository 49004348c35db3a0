package org.tapeloop.autograd.tck;

/** What an array of a kernel call is filled with. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Operand(int[] extents, Values values) {

  static Operand of(int... extents) {
    return new Operand(extents, Values.NORMAL);
  }

  Operand filledWith(Values other) {
    return new Operand(extents, other);
  }

  int size() {
    int size = 1;
    for (int extent : extents) {
      size *= extent;
    }
    return size;
  }
}
