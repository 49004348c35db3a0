package org.tapeloop.autograd.spi;

import java.util.List;

/**
 * A short program of elementwise kernels and row reductions, to be executed row by row over a few
 * matrices in one pass.
 *
 * <p>Each instruction handles one row of all its slots at a time; rows never meet. A slot is a
 * range of columns of an operand (a matrix in memory) or of a register (scratch that lives only
 * inside the program). A slot of one column stands for a whole row of that value where an
 * instruction is wider.
 *
 * @param operands how many matrices the program reads and writes
 * @param registers the width of each register
 * @param instructions in order of execution
 */
public record RowProgram(int operands, List<Integer> registers, List<Instruction> instructions) {

  /** Copies the lists. */
  public RowProgram {
    registers = List.copyOf(registers);
    instructions = List.copyOf(instructions);
  }

  /**
   * Columns {@code column .. column + width - 1} of an operand or a register.
   *
   * @param register whether {@code index} counts registers, else operands
   */
  public record Slot(boolean register, int index, int column, int width) {}

  /** One instruction. The width of {@code out} is the width of the instruction. */
  public sealed interface Instruction {
    /** Where the result goes. */
    Slot out();
  }

  /** {@code out = kernel(x)}. */
  public record Unary(UnaryKernel kernel, Slot x, Slot out) implements Instruction {}

  /** {@code out = kernel(a, b)}. */
  public record Binary(BinaryKernel kernel, Slot a, Slot b, Slot out) implements Instruction {}

  /** {@code out = condition != 0 ? a : b}. */
  public record Select(Slot condition, Slot a, Slot b, Slot out) implements Instruction {}

  /** The row of x reduced to one column. */
  public record Reduce(ReduceKernel kernel, Slot x, Slot out) implements Instruction {}

  /** {@code out = x}. */
  public record Move(Slot x, Slot out) implements Instruction {}
}
