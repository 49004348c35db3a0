package org.tapeloop.autograd.scan;

import java.util.List;
import org.tapeloop.autograd.spi.RowProgram;

/**
 * A part of a plan: levels executed one after the other, for one step or for all steps at once.
 *
 * @param levels each reads what the levels before it have written
 */
record Stage(List<Level> levels) {

  /**
   * Products, then the elementwise work that uses them.
   *
   * @param products independent of each other
   * @param program what comes after them; has no instructions where nothing does
   * @param operands where each operand of the program stands; columns are the program's matter
   */
  record Level(List<ProductStep> products, RowProgram program, List<Location> operands) {}

  /**
   * {@code out = x W}, or {@code out += x W}.
   *
   * @param matrix W
   * @param accumulate whether the product is added to what stands there
   */
  record ProductStep(Location x, MatrixBlock matrix, Location out, boolean accumulate) {}

  boolean isEmpty() {
    return levels.stream()
        .allMatch(l -> l.products().isEmpty() && l.program().instructions().isEmpty());
  }
}
