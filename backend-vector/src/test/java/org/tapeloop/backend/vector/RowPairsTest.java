package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Binary;
import org.tapeloop.autograd.spi.RowProgram.Instruction;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowProgram.Unary;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Two instructions in one loop give the bits of the two. */
@AtAvailableWidth
class RowPairsTest {
  private static final int ROWS = 37;
  private static final int OPERANDS = 3;
  private static final int REGISTERS = 3;
  private static final int PROGRAMS = 600;

  private static final BinaryKernel[] BINARY = {
    BinaryKernel.ADD,
    BinaryKernel.SUB,
    BinaryKernel.MUL,
    BinaryKernel.TANH_GRADIENT,
    BinaryKernel.SIGMOID_GRADIENT,
    BinaryKernel.MAXIMUM
  };

  private static final UnaryKernel[] UNARY = {
    UnaryKernel.SIGMOID, UnaryKernel.TANH, UnaryKernel.EXP, UnaryKernel.RELU, UnaryKernel.NEGATE
  };

  private final VectorBackend backend = new VectorBackend(1);

  @ParameterizedTest
  @ValueSource(ints = {3, 16, 23, 64})
  void programsGiveTheBitsOfTheirInstructionsOneByOne(int width) {
    var random = new Random(width);
    for (int i = 0; i < PROGRAMS; i++) {
      assertBitsOfOneByOne(program(random, width), random.nextBoolean(), random.nextInt(), width);
    }
  }

  /** Rows that passes take in one go, and longer ones. */
  @ParameterizedTest
  @ValueSource(ints = {16, 23, 64, 1040})
  void eachPairGivesTheBitsOfItsTwo(int width) {
    Slot a = new Slot(false, 0, 0, width);
    Slot b = new Slot(false, 1, width, width);
    Slot between = new Slot(true, 0, 0, width);
    Slot out = new Slot(false, 2, 0, width);
    for (BinaryKernel kernel : BINARY) {
      var first = new Binary(kernel, a, b, between);
      List<Instruction> seconds = new ArrayList<>();
      for (UnaryKernel second : UNARY) {
        seconds.add(new Unary(second, between, out));
      }
      for (BinaryKernel second : BINARY) {
        seconds.add(new Binary(second, between, a, out));
        seconds.add(new Binary(second, b, between, out));
      }
      for (Instruction second : seconds) {
        var program = new RowProgram(OPERANDS, registers(width), List.of(first, second));
        assertBitsOfOneByOne(program, true, width, width);
        assertBitsOfOneByOne(program, false, width, width);
      }
    }
  }

  private void assertBitsOfOneByOne(RowProgram program, boolean single, int seed, int width) {
    long[][] whole = run(List.of(program), single, seed, 3 * width);
    long[][] parts = run(oneByOne(program), single, seed, 3 * width);
    for (int k = 0; k < OPERANDS; k++) {
      assertArrayEquals(parts[k], whole[k], "operand " + k + " of " + program);
    }
  }

  @Test
  void theStepsOfAnLstmAreFewerLoops() {
    assertEquals(8, steps(Programs.lstm(64)), "of 13 instructions forward");
    assertEquals(10, steps(Programs.lstmBackward(64)), "of 13 instructions backward");
  }

  private int steps(RowProgram program) {
    return ((FloatRowKernel) backend.prepare(program, Views.random(new Random(1), true, 1)))
        .steps();
  }

  @Test
  void aResultThatIsReadAgainIsNoPair() {
    Slot a = new Slot(false, 0, 0, 16);
    Slot r = new Slot(true, 0, 0, 16);
    var add = new Binary(BinaryKernel.ADD, a, new Slot(false, 1, 0, 16), r);
    var sigmoid = new Unary(UnaryKernel.SIGMOID, r, new Slot(false, 2, 0, 16));
    var square = new Binary(BinaryKernel.MUL, r, r, new Slot(false, 2, 0, 16));
    var again = new Binary(BinaryKernel.MUL, r, a, new Slot(false, 2, 16, 16));
    assertTrue(areOne(add, sigmoid));
    assertFalse(areOne(add, sigmoid, again), "read by a third");
    assertTrue(areOne(add, sigmoid, add, again), "written anew");
    assertFalse(areOne(add, square), "read twice by the second");
    var column = new Binary(BinaryKernel.MUL, r, new Slot(true, 0, 3, 1), a);
    assertFalse(areOne(add, column), "read once more in part");
    var inPart = new Unary(UnaryKernel.SIGMOID, new Slot(false, 0, 0, 8), new Slot(true, 0, 0, 8));
    assertFalse(areOne(add, sigmoid, inPart, again), "written anew in part");
    assertTrue(areOne(add, new Binary(BinaryKernel.MUL, r, a, r), again), "written by the second");
    assertFalse(areOne(add, new Unary(UnaryKernel.SIGMOID, r, new Slot(false, 0, 8, 16))));
    assertTrue(areOne(add, new Unary(UnaryKernel.SIGMOID, r, a)), "in the very place");
    var elsewhere = new Unary(UnaryKernel.SIGMOID, r, new Slot(false, 2, 8, 16));
    assertFalse(areOne(add, elsewhere), "operands 0 and 2 may stand in one place");
  }

  private static boolean areOne(Instruction... instructions) {
    return new RowPairs(new RowProgram(3, List.of(16), List.of(instructions))).areOne(0);
  }

  // ---- random programs ----

  private static RowProgram program(Random random, int width) {
    List<Instruction> instructions = new ArrayList<>();
    Set<Integer> written = new HashSet<>();
    while (instructions.size() < 8) {
      Slot a = operand(random, width, written);
      Slot b = operand(random, width, written);
      Slot out =
          random.nextInt(3) == 0
              ? memory(random, width)
              : new Slot(true, random.nextInt(REGISTERS), 0, width);
      Instruction instruction =
          random.nextInt(3) == 0
              ? new Unary(UNARY[random.nextInt(UNARY.length)], a, out)
              : new Binary(BINARY[random.nextInt(BINARY.length)], a, b, out);
      boolean allowed =
          instruction.operands().stream().allMatch(x -> x.equals(out) || !x.overlaps(out));
      if (allowed) {
        instructions.add(instruction);
        if (out.register()) {
          written.add(out.index());
        }
      }
    }
    return new RowProgram(OPERANDS, registers(width), instructions);
  }

  private static List<Integer> registers(int width) {
    return IntStream.range(0, REGISTERS).map(r -> width).boxed().toList();
  }

  /** Mostly the register written last; sometimes one column. */
  private static Slot operand(Random random, int width, Set<Integer> written) {
    int register = random.nextInt(REGISTERS);
    if (written.contains(register) && random.nextBoolean()) {
      return new Slot(true, register, 0, width);
    }
    Slot slot = memory(random, width);
    return random.nextInt(8) == 0 ? new Slot(false, slot.index(), slot.column(), 1) : slot;
  }

  private static Slot memory(Random random, int width) {
    return new Slot(false, random.nextInt(OPERANDS), random.nextInt(4) * width / 2, width);
  }

  // ---- one by one ----

  /** A program for each instruction, with registers as operands behind the others. */
  private static List<RowProgram> oneByOne(RowProgram program) {
    return program.instructions().stream()
        .map(
            instruction ->
                new RowProgram(
                    OPERANDS + REGISTERS,
                    List.of(),
                    List.of(
                        switch (instruction) {
                          case Unary(var kernel, var x, var out) ->
                              new Unary(kernel, inMemory(x), inMemory(out));
                          case Binary(var kernel, var a, var b, var out) ->
                              new Binary(kernel, inMemory(a), inMemory(b), inMemory(out));
                          default -> throw new IllegalArgumentException(instruction.toString());
                        })))
        .collect(Collectors.toList());
  }

  private static Slot inMemory(Slot slot) {
    return slot.register()
        ? new Slot(false, OPERANDS + slot.index(), slot.column(), slot.width())
        : slot;
  }

  private long[][] run(List<RowProgram> programs, boolean single, int seed, int columns) {
    var random = new Random(seed);
    ArrayView[] views = new ArrayView[OPERANDS + REGISTERS];
    Arrays.setAll(views, k -> Views.random(random, single, ROWS, columns));
    Object[] arrays = Arrays.stream(views).map(RowPairsTest::array).toArray();
    int[] strides = new int[views.length];
    Arrays.fill(strides, columns);
    for (RowProgram program : programs) {
      backend.prepare(program, views[0]).run(arrays, new int[views.length], strides, ROWS);
    }
    return Arrays.stream(views).map(RowPairsTest::canonical).toArray(long[][]::new);
  }

  private static Object array(ArrayView view) {
    return switch (view) {
      case FloatView v -> v.array();
      case DoubleView v -> v.array();
    };
  }

  /** What is no number has one set of bits here: which operand's it has is nobody's business. */
  private static long[] canonical(ArrayView view) {
    return Arrays.stream(Views.bits(view))
        .map(bits -> Double.doubleToLongBits(Double.longBitsToDouble(bits)))
        .toArray();
  }
}
