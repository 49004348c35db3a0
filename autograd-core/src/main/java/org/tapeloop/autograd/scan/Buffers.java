package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;

/** The memory a plan works on, described; see {@link Frame} for the memory itself. */
final class Buffers {

  /** What a buffer holds, and so how long it is and who provides it. */
  sealed interface Kind {}

  /** Input {@code index}, from the caller: one matrix a step. */
  record InputSteps(int index) implements Kind {}

  /** Rows of a captured table, at indices from the caller: one matrix a step. */
  record TableRows(int index, int capture) implements Kind {}

  /** The cotangent of output {@code index}, from the tape: one matrix a step. */
  record CotangentSteps(int index) implements Kind {}

  /** A captured row or scalar, the same for all rows. */
  record SharedRow(int capture) implements Kind {}

  /** The sum of captured rows, the same for all rows. */
  record SharedRowSum(List<Integer> captures) implements Kind {}

  /** A captured matrix of rows, the same at all steps. */
  record StillRows(int capture) implements Kind {}

  /** A number of the plan. */
  record Literal(double number) implements Kind {}

  /** State {@code index} before the first step and after each: T + 1 matrices. */
  record States(int index) implements Kind {}

  /** One matrix a step that outlives the pass: kept for backward, or an output. */
  record Kept(String name) implements Kind {}

  /** One matrix a step, needed in this pass only. */
  record Steps(String name) implements Kind {}

  /** One matrix, used anew at each step. */
  record Scratch() implements Kind {}

  /** One matrix to which each step of a backward pass adds, over all windows. */
  record Total() implements Kind {}

  /** Two matrices used in turn. */
  record Pair(int index) implements Kind {}

  /**
   * One buffer.
   *
   * @param width columns of its matrices
   */
  record Buffer(Kind kind, int width) {}

  private final List<Buffer> all = new ArrayList<>();

  int add(Kind kind, int width) {
    all.add(new Buffer(kind, width));
    return all.size() - 1;
  }

  /** Room for a matrix a step, the place being that of the current step. */
  Location steps(Kind kind, int width) {
    return new Location(add(kind, width), Location.At.NOW, 0, width);
  }

  /** The number of a buffer that several uses share. */
  int shared(Kind kind, int width) {
    int at = all.indexOf(new Buffer(kind, width));
    return at >= 0 ? at : add(kind, width);
  }

  List<Buffer> all() {
    return all;
  }
}
