package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
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
