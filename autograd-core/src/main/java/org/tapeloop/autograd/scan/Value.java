package org.tapeloop.autograd.scan;

import java.util.List;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * A node of a step's graph: for each row of the batch a row of numbers, or a sum over all rows and
 * steps.
 *
 * <p>Every value but the sums is computed row by row, so that a plan is valid for any batch and may
 * treat all steps at once or each alone.
 */
final class Value {

  /** How a value comes about. */
  sealed interface What {}

  /** Row of input {@code index} at this step. */
  record Input(int index) implements What {}

  /** Row of state {@code index} before this step. */
  record State(int index) implements What {}

  /** Row of the cotangent of output {@code index} at this step. */
  record Cotangent(int index) implements What {}

  /** Row of the cotangent of state {@code index} after this step. */
  record Carry(int index) implements What {}

  /** One row of numbers for all rows of the batch; width 1 is a scalar. */
  record Shared(int capture) implements What {}

  /** The sum of several captured rows, each one row for all rows of the batch. */
  record SharedSum(List<Integer> captures) implements What {}

  /** A row of its own for each row of the batch, the same at all steps. */
  record Still(int capture) implements What {}

  /** Rows of a captured table, side by side: those that input {@code index} of indices names. */
  record TableRows(int index, int capture) implements What {}

  /** A number known to the plan. */
  record Constant(double number) implements What {}

  /** What sum {@code index} over steps has come to in the steps after this one. */
  record Total(int index) implements What {}

  /** An elementwise kernel. */
  record Unary(UnaryKernel kernel) implements What {}

  /** An elementwise kernel; an argument of width 1 stands for its whole row. */
  record Binary(BinaryKernel kernel) implements What {}

  /** An elementwise choice. */
  record Select() implements What {}

  /** A row reduced to one number. */
  record Fold(ReduceKernel kernel) implements What {}

  /** One over the deviation of a row from its mean. */
  record InverseDeviation(double epsilon) implements What {}

  /** A row less its mean, times the second argument, its inverse deviation. */
  record Standardise() implements What {}

  /** The cotangent of a standardised row, from the result's, the result, inverse deviation. */
  record StandardiseGradient() implements What {}

  /** The argument times a block of a captured matrix. */
  record Product(MatrixBlock matrix) implements What {}

  /** Columns of the argument from {@code start} on. */
  record Slice(int start) implements What {}

  /** The arguments side by side. */
  record Join() implements What {}

  /** An argument of width 1, or shared by all rows, written out. */
  record Spread() implements What {}

  /**
   * The sum over rows and steps of outer products, {@code a^T b}: a is all arguments but the last
   * side by side, b the last.
   */
  record OuterSum() implements What {}

  /** The sum of the argument over rows and steps. */
  record RowSum() implements What {}

  /**
   * The argument added up over rows and steps at those rows of a table that input {@code index} of
   * indices names.
   *
   * @param rows of the table
   * @param columns of the table
   * @param padding a row that stays 0, or -1
   */
  record TableSum(int index, int rows, int columns, int padding) implements What {}

  final int id;
  final What what;
  final List<Value> args;
  final int width;

  Value(int id, What what, List<Value> args, int width) {
    this.id = id;
    this.what = what;
    this.args = args;
    this.width = width;
  }

  /** Whether it stands in memory before anything is computed. */
  boolean isLeaf() {
    return args.isEmpty();
  }

  boolean isProduct() {
    return what instanceof Product;
  }

  /** Whether it is something plus a row that all rows share. */
  boolean isBiased() {
    return what instanceof Binary(var kernel)
        && kernel == BinaryKernel.ADD
        && args.get(0).width == width
        && args.get(1).width == width
        && args.get(1).isSharedRow();
  }

  boolean isSharedRow() {
    return what instanceof Shared
        || what instanceof SharedSum
        || (what instanceof Slice && args.getFirst().isSharedRow());
  }

  boolean isSum() {
    return what instanceof OuterSum || what instanceof RowSum || what instanceof TableSum;
  }

  /** Whether it is columns of its arguments and nothing else. */
  boolean isArranged() {
    return what instanceof Slice || what instanceof Spread || what instanceof Join;
  }

  /** Whether computing it again costs no more than reading it back. */
  boolean isCheap() {
    return switch (what) {
      case Unary(var kernel) ->
          switch (kernel) {
            case NEGATE, ABS, SIGN, SQUARE, RELU -> true;
            default -> false;
          };
      case Binary(var kernel) ->
          switch (kernel) {
            case DIV, POW -> false;
            default -> true;
          };
      case Select s -> true;
      case Spread s -> true;
      case Join j -> true;
      default -> false;
    };
  }

  @Override
  public String toString() {
    return "%" + id + " " + what + " [" + width + "]";
  }
}
