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
   * An LSTM's step: operands gates [4H] in place, c before, c, tanh(c), h.
   *
   * @param size hidden units, H
   */
  static RowProgram lstm(int size) {
    Slot i = memory(0, 0, size);
    Slot f = memory(0, size, size);
    Slot g = memory(0, 2 * size, size);
    Slot o = memory(0, 3 * size, size);
    Slot c = memory(2, 0, size);
    Slot tanh = memory(3, 0, size);
    Slot kept = register(0, size);
    Slot added = register(1, size);
    return new RowProgram(
        5,
        List.of(size, size),
        List.of(
            new Unary(UnaryKernel.SIGMOID, f, f),
            new Binary(BinaryKernel.MUL, f, memory(1, 0, size), kept),
            new Unary(UnaryKernel.SIGMOID, i, i),
            new Unary(UnaryKernel.TANH, g, g),
            new Binary(BinaryKernel.MUL, i, g, added),
            new Binary(BinaryKernel.ADD, kept, added, c),
            new Unary(UnaryKernel.SIGMOID, o, o),
            new Unary(UnaryKernel.TANH, c, tanh),
            new Binary(BinaryKernel.MUL, o, tanh, memory(4, 0, size))));
  }

  /**
   * The step back: operands the cotangents of h and of the output, tanh(c), gates, the cotangent of
   * c, of the gates' sums, c before, and the cotangent of c before.
   */
  static RowProgram lstmBackward(int size) {
    Slot tanh = memory(2, 0, size);
    Slot i = memory(3, 0, size);
    Slot f = memory(3, size, size);
    Slot g = memory(3, 2 * size, size);
    Slot o = memory(3, 3 * size, size);
    Slot r0 = register(0, size);
    Slot r1 = register(1, size);
    Slot r2 = register(2, size);
    return new RowProgram(
        8,
        List.of(size, size, size),
        List.of(
            new Binary(BinaryKernel.ADD, memory(0, 0, size), memory(1, 0, size), r0),
            new Binary(BinaryKernel.MUL, r0, tanh, r1),
            new Binary(BinaryKernel.MUL, r0, o, r2),
            new Binary(BinaryKernel.TANH_GRADIENT, r2, tanh, r0),
            new Binary(BinaryKernel.ADD, memory(4, 0, size), r0, r2),
            new Binary(BinaryKernel.SIGMOID_GRADIENT, r1, o, memory(5, 3 * size, size)),
            new Binary(BinaryKernel.MUL, r2, g, r1),
            new Binary(BinaryKernel.MUL, r2, i, r0),
            new Binary(BinaryKernel.TANH_GRADIENT, r0, g, memory(5, 2 * size, size)),
            new Binary(BinaryKernel.SIGMOID_GRADIENT, r1, i, memory(5, 0, size)),
            new Binary(BinaryKernel.MUL, r2, memory(6, 0, size), r1),
            new Binary(BinaryKernel.MUL, r2, f, memory(7, 0, size)),
            new Binary(BinaryKernel.SIGMOID_GRADIENT, r1, f, memory(5, size, size))));
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
