package org.tapeloop.backend.vector;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Binary;
import org.tapeloop.autograd.spi.RowProgram.Instruction;
import org.tapeloop.autograd.spi.RowProgram.InverseDeviation;
import org.tapeloop.autograd.spi.RowProgram.Reduce;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowProgram.Standardise;
import org.tapeloop.autograd.spi.RowProgram.StandardiseGradient;
import org.tapeloop.autograd.spi.RowProgram.Unary;
import org.tapeloop.autograd.spi.UnaryKernel;

/** The row programs that the scan compiler makes of some cells. */
final class Programs {
  private Programs() {}

  /**
   * An LSTM's step: operands gates [4H] in place, bias [4H], c before, c, tanh(c), h.
   *
   * @param size hidden units, H
   */
  static RowProgram lstm(int size) {
    Slot i = memory(0, 0, size);
    Slot f = memory(0, size, size);
    Slot g = memory(0, 2 * size, size);
    Slot o = memory(0, 3 * size, size);
    Slot c = memory(3, 0, size);
    Slot tanh = memory(4, 0, size);
    Slot r0 = register(0, size);
    Slot r1 = register(1, size);
    return new RowProgram(
        6,
        List.of(size, size),
        List.of(
            new Binary(BinaryKernel.ADD, o, memory(1, 3 * size, size), r0),
            new Unary(UnaryKernel.SIGMOID, r0, o),
            new Binary(BinaryKernel.ADD, f, memory(1, size, size), r0),
            new Unary(UnaryKernel.SIGMOID, r0, f),
            new Binary(BinaryKernel.MUL, f, memory(2, 0, size), r0),
            new Binary(BinaryKernel.ADD, i, memory(1, 0, size), r1),
            new Unary(UnaryKernel.SIGMOID, r1, i),
            new Binary(BinaryKernel.ADD, g, memory(1, 2 * size, size), r1),
            new Unary(UnaryKernel.TANH, r1, g),
            new Binary(BinaryKernel.MUL, i, g, r1),
            new Binary(BinaryKernel.ADD, r0, r1, c),
            new Unary(UnaryKernel.TANH, c, tanh),
            new Binary(BinaryKernel.MUL, o, tanh, memory(5, 0, size))));
  }

  /**
   * The step back: operands the cotangents of h and of the output, gates, tanh(c), the cotangent of
   * c, that of c before, c before, and the cotangents of the gates' sums.
   */
  static RowProgram lstmBackward(int size) {
    Slot i = memory(2, 0, size);
    Slot f = memory(2, size, size);
    Slot g = memory(2, 2 * size, size);
    Slot o = memory(2, 3 * size, size);
    Slot tanh = memory(3, 0, size);
    Slot h = register(0, size);
    Slot c = register(1, size);
    Slot r2 = register(2, size);
    Slot r3 = register(3, size);
    Slot r4 = register(4, size);
    return new RowProgram(
        8,
        List.of(size, size, size, size, size),
        List.of(
            new Binary(BinaryKernel.ADD, memory(0, 0, size), memory(1, 0, size), h),
            new Binary(BinaryKernel.MUL, h, o, c),
            new Binary(BinaryKernel.TANH_GRADIENT, c, tanh, r2),
            new Binary(BinaryKernel.ADD, memory(4, 0, size), r2, c),
            new Binary(BinaryKernel.MUL, c, f, memory(5, 0, size)),
            new Binary(BinaryKernel.MUL, c, g, r2),
            new Binary(BinaryKernel.MUL, c, i, r3),
            new Binary(BinaryKernel.MUL, h, tanh, r4),
            new Binary(BinaryKernel.SIGMOID_GRADIENT, r4, o, memory(7, 3 * size, size)),
            new Binary(BinaryKernel.TANH_GRADIENT, r3, g, memory(7, 2 * size, size)),
            new Binary(BinaryKernel.MUL, c, memory(6, 0, size), r3),
            new Binary(BinaryKernel.SIGMOID_GRADIENT, r3, f, memory(7, size, size)),
            new Binary(BinaryKernel.SIGMOID_GRADIENT, r2, i, memory(7, 0, size))));
  }

  /** Four gates normalised together: operands x [4H], weight and bias, scale and y to keep, out. */
  static RowProgram standardised(int size) {
    int width = 4 * size;
    Slot scale = memory(3, 0, 1);
    Slot y = memory(4, 0, width);
    Slot weighted = register(0, width);
    return new RowProgram(
        6,
        List.of(width),
        List.of(
            new InverseDeviation(memory(0, 0, width), 1e-5, scale),
            new Standardise(memory(0, 0, width), scale, y),
            new Binary(BinaryKernel.MUL, y, memory(1, 0, width), weighted),
            new Binary(BinaryKernel.ADD, weighted, memory(2, 0, width), memory(5, 0, width))));
  }

  /**
   * The way back: operands cotangent [4H], weight, y, scale, what the weight's gradient sums, out.
   */
  static RowProgram standardisedBackward(int size) {
    int width = 4 * size;
    Slot g = memory(0, 0, width);
    Slot y = memory(2, 0, width);
    Slot weighted = register(0, width);
    return new RowProgram(
        6,
        List.of(width),
        List.of(
            new Binary(BinaryKernel.MUL, g, y, memory(4, 0, width)),
            new Binary(BinaryKernel.MUL, g, memory(1, 0, width), weighted),
            new StandardiseGradient(weighted, y, memory(3, 0, 1), memory(5, 0, width))));
  }

  /**
   * The same by means of single numbers: operands x [4H], 1/4H and epsilon, weight and bias, out.
   */
  static RowProgram layerNorm(int size) {
    int width = 4 * size;
    Slot x = memory(0, 0, width);
    Slot share = memory(1, 0, 1);
    Slot epsilon = memory(2, 0, 1);
    Slot centred = register(0, width);
    Slot square = register(1, width);
    Slot number = register(2, 1);
    List<Instruction> instructions = new ArrayList<>();
    instructions.add(new Reduce(ReduceKernel.SUM, x, number));
    instructions.add(new Binary(BinaryKernel.MUL, number, share, number));
    instructions.add(new Binary(BinaryKernel.SUB, x, number, centred));
    instructions.add(new Unary(UnaryKernel.SQUARE, centred, square));
    instructions.add(new Reduce(ReduceKernel.SUM, square, number));
    instructions.add(new Binary(BinaryKernel.MUL, number, share, number));
    instructions.add(new Binary(BinaryKernel.ADD, number, epsilon, number));
    instructions.add(new Unary(UnaryKernel.RSQRT, number, number));
    instructions.add(new Binary(BinaryKernel.MUL, centred, number, centred));
    instructions.add(new Binary(BinaryKernel.MUL, centred, memory(3, 0, width), centred));
    instructions.add(
        new Binary(BinaryKernel.ADD, centred, memory(4, 0, width), memory(5, 0, width)));
    return new RowProgram(6, List.of(width, width, 1), instructions);
  }

  /** The columns of each operand, as far as the program uses them. */
  static int[] columns(RowProgram program) {
    int[] columns = new int[program.operands()];
    for (Instruction instruction : program.instructions()) {
      List<Slot> slots = new ArrayList<>(instruction.operands());
      slots.add(instruction.out());
      for (Slot slot : slots) {
        if (!slot.register()) {
          columns[slot.index()] = Math.max(columns[slot.index()], slot.column() + slot.width());
        }
      }
    }
    return columns;
  }

  private static Slot memory(int operand, int column, int width) {
    return new Slot(false, operand, column, width);
  }

  private static Slot register(int index, int width) {
    return new Slot(true, index, 0, width);
  }
}
