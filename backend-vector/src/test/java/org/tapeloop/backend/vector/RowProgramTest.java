package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Row programs give the bits of the kernels they are made of, early and late, and no garbage. */
@AtAvailableWidth
class RowProgramTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final int ROWS = 37;

  private final VectorBackend backend = new VectorBackend(1);

  /** A program with operands of random numbers, dense. */
  private final class Call {
    private final RowKernel kernel;
    private final ArrayView[] operands;
    private final Object[] arrays;
    private final int[] offsets;
    private final int[] strides;

    Call(RowProgram program, boolean single) {
      strides = Programs.columns(program);
      offsets = new int[strides.length];
      operands = new ArrayView[strides.length];
      arrays = new Object[strides.length];
      var random = new Random(5);
      for (int k = 0; k < strides.length; k++) {
        operands[k] = Views.random(random, single, ROWS, strides[k]);
        arrays[k] =
            switch (operands[k]) {
              case FloatView v -> v.array();
              case DoubleView v -> v.array();
            };
      }
      kernel = backend.prepare(program, operands[0]);
    }

    void run() {
      kernel.run(arrays, offsets, strides, ROWS);
    }

    /** Takes the numbers of another call with operands of the same extents. */
    void take(Call other) {
      for (int k = 0; k < operands.length; k++) {
        backend.copy(other.operands[k], operands[k]);
      }
    }

    long[] bits(int operand) {
      return Views.bits(operands[operand]);
    }
  }

  private static Slot memory(int operand, int width) {
    return new Slot(false, operand, 0, width);
  }

  private Call call(RowProgram.Instruction instruction, boolean single) {
    return new Call(new RowProgram(3, List.of(), List.of(instruction)), single);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 50, 200})
  void elementwiseInstructionsGiveTheBitsOfTheKernels(int width) {
    Slot out = memory(2, width);
    for (boolean single : new boolean[] {true, false}) {
      for (UnaryKernel kernel : UnaryKernel.values()) {
        Call call = call(new RowProgram.Unary(kernel, memory(0, width), out), single);
        ArrayView expected = call.operands[2].allocate(ROWS, width);
        backend.unary(kernel, call.operands[0], expected);
        call.run();
        assertArrayEquals(Views.bits(expected), call.bits(2), kernel.name());
      }
      for (BinaryKernel kernel : BinaryKernel.values()) {
        Call call =
            call(new RowProgram.Binary(kernel, memory(0, width), memory(1, width), out), single);
        ArrayView expected = call.operands[2].allocate(ROWS, width);
        backend.binary(kernel, call.operands[0], call.operands[1], expected);
        call.run();
        assertArrayEquals(Views.bits(expected), call.bits(2), kernel.name());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 50, 200, 256})
  void reductionsGiveTheBitsOfTheKernels(int width) {
    for (boolean single : new boolean[] {true, false}) {
      for (ReduceKernel kernel : ReduceKernel.values()) {
        Call call = call(new RowProgram.Reduce(kernel, memory(0, width), memory(2, 1)), single);
        ArrayView expected = call.operands[2].allocate(ROWS, 1);
        backend.reduce(kernel, call.operands[0], expected);
        call.run();
        assertArrayEquals(Views.bits(expected), call.bits(2), kernel.name());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 64, 200})
  void compiledCodeGivesTheSameBitsAndNoGarbage(int size) {
    for (boolean single : new boolean[] {true, false}) {
      assumeTrue(single || VectorWidth.DOUBLE.length() > 2, "masks of two lanes");
      for (RowProgram program :
          List.of(
              Programs.lstmBackward(size),
              Programs.layerNorm(size),
              Programs.standardised(size),
              Programs.standardisedBackward(size))) {
        Call call = new Call(program, single);
        call.run();
        int last = call.operands.length - 1;
        long[] early = call.bits(last);
        assertEquals(0, garbage(call), () -> "bytes in 100 runs of " + program);
        assertArrayEquals(early, call.bits(last));
      }
      assertEquals(0, garbage(new Call(Programs.lstm(size), single)), "bytes in 100 runs of lstm");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 17, 50, 200, 2100})
  void twoInstructionsInALoopGiveTheBitsOfEach(int width) {
    Slot product = new Slot(true, 0, 0, width);
    Slot scale = memory(3, 1);
    for (int out : new int[] {0, 1, 2, 4}) {
      Slot to = memory(out, width);
      assertBitsOfEach(
          new RowProgram.InverseDeviation(memory(0, width), 1e-3, scale),
          new RowProgram.Standardise(memory(0, width), scale, to));
      assertBitsOfEach(
          new RowProgram.Binary(BinaryKernel.MUL, memory(0, width), memory(2, width), product),
          new RowProgram.StandardiseGradient(product, memory(1, width), scale, to));
    }
    assertBitsOfEach(
        new RowProgram.InverseDeviation(memory(0, width), 1e-3, scale),
        new RowProgram.Standardise(memory(0, width), memory(1, 1), memory(4, width)));
    assertBitsOfEach(
        new RowProgram.Binary(BinaryKernel.ADD, memory(0, width), memory(2, width), product),
        new RowProgram.StandardiseGradient(product, memory(1, width), scale, memory(4, width)));
    assertBitsOfEach(
        new RowProgram.Binary(BinaryKernel.MUL, memory(0, width), memory(3, 1), product),
        new RowProgram.StandardiseGradient(product, memory(1, width), scale, memory(4, width)));
    assertBitsOfEach(
        new RowProgram.Binary(BinaryKernel.MUL, memory(0, width), memory(2, width), product),
        new RowProgram.StandardiseGradient(memory(1, width), product, scale, memory(4, width)));
  }

  /** Together through a register, and one after the other through operand 5. */
  private void assertBitsOfEach(RowProgram.Instruction first, RowProgram.Instruction second) {
    for (boolean single : new boolean[] {true, false}) {
      int width = second.out().width();
      Call together = call(width, single, first, second);
      together.run();
      Call apart = call(width, single, inMemory(first));
      apart.run();
      Call after = call(width, single, inMemory(second));
      after.take(apart);
      after.run();
      for (int operand = 0; operand < 5; operand++) {
        assertArrayEquals(
            after.bits(operand), together.bits(operand), first + " and " + second + " " + operand);
      }
    }
  }

  /** Six operands of some width, the fourth of one column, each copied to itself in the end. */
  private Call call(int width, boolean single, RowProgram.Instruction... instructions) {
    List<RowProgram.Instruction> all = new ArrayList<>(List.of(instructions));
    for (int operand = 0; operand < 6; operand++) {
      Slot itself = memory(operand, operand == 3 ? 1 : width);
      all.add(new RowProgram.Move(itself, itself));
    }
    return new Call(new RowProgram(6, List.of(width), all), single);
  }

  private static RowProgram.Instruction inMemory(RowProgram.Instruction instruction) {
    return switch (instruction) {
      case RowProgram.Binary(var kernel, var a, var b, var out) ->
          new RowProgram.Binary(kernel, a, b, inMemory(out));
      case RowProgram.StandardiseGradient(var g, var y, var scale, var out) ->
          new RowProgram.StandardiseGradient(inMemory(g), inMemory(y), scale, out);
      default -> instruction;
    };
  }

  private static Slot inMemory(Slot slot) {
    return slot.register() ? memory(5, slot.width()) : slot;
  }

  /** Bytes that a hundred runs allocate once the JIT compiler is done with them. */
  private static long garbage(Call call) {
    long start = System.nanoTime();
    long allocated;
    do {
      for (int i = 0; i < 500; i++) {
        call.run();
      }
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100; i++) {
        call.run();
      }
      allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    } while (allocated > 0 && System.nanoTime() - start < PATIENCE_NANOS);
    return allocated;
  }
}
