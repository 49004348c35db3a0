package org.tapeloop.autograd.spi;

import java.util.List;

/**
 * A short program of elementwise kernels and row reductions, to be executed row by row over a few
 * matrices in one pass.
 *
 * <p>Each instruction handles one row of all its slots at a time; rows never meet. A slot is a
 * range of columns of an operand (a matrix in memory) or of a register (scratch that lives only
 * inside the program). A slot of one column stands for a whole row of that value where an
 * instruction is wider. The result of an instruction may replace an operand, in the very slot, but
 * may not overlap one otherwise. A register has no value before the program writes it.
 *
 * @param operands how many matrices the program reads and writes
 * @param registers the width of each register
 * @param instructions in order of execution
 */
public record RowProgram(int operands, List<Integer> registers, List<Instruction> instructions) {

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if a slot is none of an operand or register, if widths do not
   *     fit together, or if a result overlaps an operand that it does not replace
   */
  public RowProgram {
    registers = List.copyOf(registers);
    instructions = List.copyOf(instructions);
    for (Instruction instruction : instructions) {
      check(instruction, operands, registers);
    }
  }

  private static void check(Instruction instruction, int operands, List<Integer> registers) {
    Slot out = instruction.out();
    check(instruction, out, operands, registers);
    boolean toOneColumn = instruction instanceof Reduce || instruction instanceof InverseDeviation;
    if (toOneColumn && out.width() != 1) {
      throw new IllegalArgumentException(
          "row program: more than one column in out of " + instruction);
    }
    List<Slot> read = instruction.operands();
    for (int k = 0; k < read.size(); k++) {
      Slot in = read.get(k);
      check(instruction, in, operands, registers);
      boolean fits =
          toOneColumn
              || in.width() == out.width()
              || (in.width() == 1 && k >= instruction.wholeRows());
      if (!fits) {
        throw new IllegalArgumentException(
            "row program: widths %d and %d do not fit in %s"
                .formatted(in.width(), out.width(), instruction));
      }
      if (in.overlaps(out) && !in.equals(out)) {
        throw new IllegalArgumentException(
            "row program: out overlaps an operand in " + instruction);
      }
    }
  }

  private static void check(
      Instruction instruction, Slot slot, int operands, List<Integer> registers) {
    int count = slot.register() ? registers.size() : operands;
    boolean exists = slot.index() >= 0 && slot.index() < count;
    boolean inside =
        slot.column() >= 0
            && slot.width() >= 0
            && (!slot.register()
                || !exists
                || slot.column() + slot.width() <= registers.get(slot.index()));
    if (!exists || !inside) {
      throw new IllegalArgumentException(
          "row program of %d operands and registers %s: no %s in %s"
              .formatted(operands, registers, slot, instruction));
    }
  }

  /**
   * Columns {@code column .. column + width - 1} of an operand or a register.
   *
   * @param register whether {@code index} counts registers, else operands
   */
  public record Slot(boolean register, int index, int column, int width) {

    /** Whether some column is in both. Two operands may still stand in one place in memory. */
    public boolean overlaps(Slot other) {
      return register == other.register
          && index == other.index
          && column < other.column + other.width
          && other.column < column + width;
    }
  }

  /** One instruction. The width of {@code out} is the width of the instruction. */
  public sealed interface Instruction {
    /** Where the result goes. */
    Slot out();

    /** What is read, in the order of the kernel's operands. */
    default List<Slot> operands() {
      return switch (this) {
        case Unary u -> List.of(u.x());
        case Binary b -> List.of(b.a(), b.b());
        case Select s -> List.of(s.condition(), s.a(), s.b());
        case Reduce r -> List.of(r.x());
        case InverseDeviation d -> List.of(d.x());
        case Standardise s -> List.of(s.x(), s.scale());
        case StandardiseGradient s -> List.of(s.g(), s.y(), s.scale());
        case Move m -> List.of(m.x());
      };
    }

    /** How many of the first operands are rows that one column cannot stand for. */
    private int wholeRows() {
      return switch (this) {
        case Standardise s -> 1;
        case StandardiseGradient s -> 2;
        default -> 0;
      };
    }
  }

  /** {@code out = kernel(x)}. */
  public record Unary(UnaryKernel kernel, Slot x, Slot out) implements Instruction {}

  /** {@code out = kernel(a, b)}. */
  public record Binary(BinaryKernel kernel, Slot a, Slot b, Slot out) implements Instruction {}

  /** {@code out = condition != 0 ? a : b}. */
  public record Select(Slot condition, Slot a, Slot b, Slot out) implements Instruction {}

  /** The row of x reduced to one column; nothing is reduced to the identity. */
  public record Reduce(ReduceKernel kernel, Slot x, Slot out) implements Instruction {}

  /**
   * {@code out = 1 / sqrt(var(x) + epsilon)}, one column, where {@code var} is the mean square of
   * what x has beyond its mean.
   */
  public record InverseDeviation(Slot x, double epsilon, Slot out) implements Instruction {}

  /**
   * {@code out = (x - mean(x)) * scale}.
   *
   * @param scale one column, such as {@link InverseDeviation} of x
   */
  public record Standardise(Slot x, Slot scale, Slot out) implements Instruction {}

  /**
   * {@code out = (g - mean(g) - y * mean(g * y)) * scale}: the cotangent g of a standardised row y
   * pulled back.
   *
   * @param scale one column, the inverse deviation
   */
  public record StandardiseGradient(Slot g, Slot y, Slot scale, Slot out) implements Instruction {}

  /** {@code out = x}. */
  public record Move(Slot x, Slot out) implements Instruction {}
}
