package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.fail;
import static org.tapeloop.autograd.tck.RowCase.memory;
import static org.tapeloop.autograd.tck.RowCase.register;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Binary;
import org.tapeloop.autograd.spi.RowProgram.Instruction;
import org.tapeloop.autograd.spi.RowProgram.InverseDeviation;
import org.tapeloop.autograd.spi.RowProgram.Move;
import org.tapeloop.autograd.spi.RowProgram.Reduce;
import org.tapeloop.autograd.spi.RowProgram.Select;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowProgram.Standardise;
import org.tapeloop.autograd.spi.RowProgram.StandardiseGradient;
import org.tapeloop.autograd.spi.RowProgram.Unary;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;
import org.tapeloop.autograd.spi.UnaryKernel;
import org.tapeloop.autograd.tck.RowCase.Matrix;

/** Section 8 of the contract: {@link org.tapeloop.autograd.spi.RowPrograms}. */
class RowProgramClauses extends ClauseGroup {
  private static final int[] WIDTHS = {1, 2, 5, 8, 15, 16, 17, 33, 50, 200};
  private static final int[] ROWS = {1, 6, 35};
  private static final int[] FEW_ROWS = {1, 3};
  private static final Values CONDITIONS = Values.cycling(0, 1, 1, -0.0, 0, Double.NaN, -3);

  RowProgramClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("8.1")
  void anInstructionGivesWhatItsKernelGives() {
    double[] points = Domains.specialPoints();
    for (int width : WIDTHS) {
      for (UnaryKernel kernel : UnaryKernel.values()) {
        verify(unary(kernel, width, Domains.of(kernel)));
        verify(unary(kernel, width, Values.cycling(points)));
      }
      for (BinaryKernel kernel : BinaryKernel.values()) {
        verify(binary(kernel, width, Domains.left(kernel), Domains.right(kernel)));
        double[] seconds = Domains.specialSecondPoints(kernel);
        verify(binary(kernel, width, Values.cycling(points), Values.cycling(seconds)));
        verify(
            binary(
                kernel,
                width,
                (random, i) -> points[i / seconds.length % points.length],
                Values.cycling(seconds)));
      }
      verify(
          RowCase.of(
              List.of(),
              List.of(
                  new Select(
                      memory(0, 0, width),
                      memory(1, 0, width),
                      memory(2, 0, width),
                      memory(3, 0, width))),
              Matrix.dense(width).of(CONDITIONS),
              Matrix.dense(width),
              Matrix.dense(width),
              Matrix.dense(width)));
      verify(
          RowCase.of(
              List.of(),
              List.of(new Move(memory(0, 0, width), memory(1, 0, width))),
              Matrix.dense(width).of(Values.cycling(points)),
              Matrix.dense(width)));
    }
  }

  @Clause("8.2")
  void aRowIsReducedToOneColumn() {
    int[] widths = {1, 2, 5, 15, 16, 17, 65, 200, 2049, 5000};
    for (int width : widths) {
      for (ReduceKernel kernel : ReduceKernel.values()) {
        Values values = kernel == ReduceKernel.PRODUCT ? Values.between(0.99, 1.01) : Values.NORMAL;
        verify(reduce(kernel, width, values));
        verify(reduce(kernel, width, values.with(width - 1, Double.NaN)));
        verify(reduce(kernel, width, values.with(width / 2, Double.NEGATIVE_INFINITY)));
      }
    }
    verify(reduce(ReduceKernel.SUM, 3001, Values.constant(0.1)));
    for (ReduceKernel kernel : ReduceKernel.values()) {
      verify(
          RowCase.of(
              List.of(),
              List.of(new Reduce(kernel, memory(0, 0, 0), memory(1, 0, 1))),
              Matrix.dense(3),
              Matrix.dense(1)));
    }
  }

  @Clause("8.3")
  void oneColumnStandsForAWholeRow() {
    for (int width : WIDTHS) {
      for (int stretched = 1; stretched < 8; stretched++) {
        boolean[] one = {(stretched & 1) != 0, (stretched & 2) != 0, (stretched & 4) != 0};
        Slot[] in = new Slot[3];
        Arrays.setAll(in, k -> memory(k, 1, one[k] ? 1 : width));
        Matrix[] matrices = new Matrix[4];
        Arrays.setAll(
            matrices, k -> Matrix.dense(width + 1).of(k == 0 ? CONDITIONS : Values.NORMAL));
        Slot out = memory(3, 0, width);
        verify(RowCase.of(List.of(), List.of(new Select(in[0], in[1], in[2], out)), matrices));
        verify(
            RowCase.of(
                List.of(), List.of(new Binary(BinaryKernel.SUB, in[1], in[2], out)), matrices));
        verify(RowCase.of(List.of(), List.of(new Unary(UnaryKernel.NEGATE, in[1], out)), matrices));
        verify(RowCase.of(List.of(), List.of(new Move(in[2], out)), matrices));
      }
      // A column of a register, changed in between.
      Slot column = register(0, 0, 1);
      verify(
          RowCase.of(
              List.of(1),
              List.of(
                  new Move(memory(0, 0, 1), column),
                  new Binary(BinaryKernel.MUL, memory(0, 0, width), column, memory(1, 0, width)),
                  new Unary(UnaryKernel.NEGATE, column, column),
                  new Binary(BinaryKernel.ADD, memory(1, 0, width), column, memory(2, 0, width))),
              Matrix.dense(width),
              Matrix.dense(width),
              Matrix.dense(width)));
      // A column of a register that is as wide as the row it stands for.
      Slot last = register(0, width - 1, 1);
      verify(
          RowCase.of(
              List.of(width),
              List.of(
                  new Move(memory(0, 0, width), register(0, 0, width)),
                  new Binary(BinaryKernel.SUB, memory(0, 0, width), last, memory(1, 0, width)),
                  new Unary(UnaryKernel.NEGATE, last, memory(2, 0, width))),
              Matrix.dense(width),
              Matrix.dense(width),
              Matrix.dense(width)));
      // And one in memory, changed through another operand.
      verify(
          RowCase.of(
              List.of(),
              List.of(
                  new Binary(
                      BinaryKernel.MUL, memory(0, 0, width), memory(2, 0, 1), memory(1, 0, width)),
                  new Unary(UnaryKernel.NEGATE, memory(3, 0, 1), memory(3, 0, 1)),
                  new Binary(
                      BinaryKernel.MUL, memory(0, 0, width), memory(2, 0, 1), memory(4, 0, width))),
              Matrix.dense(width),
              Matrix.dense(width),
              Matrix.dense(1),
              Matrix.dense(1).inPlaceOf(2),
              Matrix.dense(width)));
    }
  }

  @Clause("8.4")
  void whatIsBesideASlotStaysAndHasNoInfluence() {
    for (int width : WIDTHS) {
      Matrix wider = Matrix.dense(3 * width + 1).apart();
      Slot middle = register(0, width, width);
      verify(
          RowCase.of(
              List.of(3 * width, width + 2),
              List.of(
                  new Move(memory(0, 1, 3 * width), register(0, 0, 3 * width)),
                  new Unary(UnaryKernel.ABS, memory(0, width, width), middle),
                  new Binary(
                      BinaryKernel.ADD, middle, memory(0, 2 * width, width), memory(1, 1, width)),
                  new Binary(
                      BinaryKernel.SUB,
                      register(0, 2 * width, width),
                      register(0, 0, width),
                      register(1, 1, width)),
                  new Move(register(1, 1, width), memory(1, width + 1, width)),
                  new Reduce(ReduceKernel.MAX, middle, memory(1, 2 * width + 1, 1))),
              wider,
              wider),
          RowCase.Run::firstErrorAnywhere);
    }
  }

  @Clause("8.5")
  void aStrideOfZeroRepeatsOneRow() {
    for (int width : WIDTHS) {
      Matrix matrix = Matrix.dense(width);
      verify(
          RowCase.of(
              List.of(),
              List.of(
                  new Binary(
                      BinaryKernel.MUL,
                      memory(0, 0, width),
                      memory(1, 0, width),
                      memory(2, 0, width)),
                  new Binary(
                      BinaryKernel.ADD, memory(2, 0, width), memory(3, 0, 1), memory(2, 0, width))),
              matrix,
              matrix.sameForAllRows(),
              matrix,
              Matrix.dense(1).sameForAllRows()));
    }
  }

  @Clause("8.6")
  void theResultMayReplaceAnOperand() {
    for (int width : WIDTHS) {
      Matrix matrix = Matrix.dense(width);
      for (int replaced = 0; replaced < 3; replaced++) {
        // The very slot, and another operand in the same place.
        for (Slot out : List.of(memory(replaced, 0, width), memory(3, 0, width))) {
          Slot[] in = {memory(0, 0, width), memory(1, 0, width), memory(2, 0, width)};
          Matrix[] matrices = {matrix.of(CONDITIONS), matrix, matrix, matrix.inPlaceOf(replaced)};
          List<Instruction> select = List.of(new Select(in[0], in[1], in[2], out));
          verify(RowCase.of(List.of(), select, matrices));
          if (replaced > 0) {
            List<Instruction> sub = List.of(new Binary(BinaryKernel.SUB, in[1], in[2], out));
            verify(RowCase.of(List.of(), sub, matrices));
          }
          List<Instruction> negate = List.of(new Unary(UnaryKernel.NEGATE, in[replaced], out));
          verify(RowCase.of(List.of(), negate, matrices));
          List<Instruction> twice =
              List.of(new Binary(BinaryKernel.ADD, in[replaced], in[replaced], out));
          verify(RowCase.of(List.of(), twice, matrices));
        }
      }
    }
  }

  @Clause("8.7")
  void instructionsFollowOneAnother() {
    for (int width : WIDTHS) {
      verify(severalRegisters(width));
    }
  }

  /** Exact kernels only, several registers in use at once, and one reduction spread again. */
  private static RowCase severalRegisters(int width) {
    Slot a = register(0, 0, width);
    Slot b = register(1, 0, width);
    Slot c = register(2, 0, width);
    Slot largest = register(3, 0, 1);
    return RowCase.of(
        List.of(width, width, width, 1),
        List.of(
            new Binary(BinaryKernel.ADD, memory(0, 0, width), memory(1, 0, width), a),
            new Binary(BinaryKernel.MUL, memory(0, 0, width), memory(1, 0, width), b),
            new Binary(BinaryKernel.MAXIMUM, a, b, c),
            new Reduce(ReduceKernel.MAX, c, largest),
            new Binary(BinaryKernel.SUB, a, largest, a),
            new Unary(UnaryKernel.SQUARE, largest, largest),
            new Binary(BinaryKernel.MUL, b, largest, b),
            new Binary(BinaryKernel.LESS, a, b, c),
            new Select(c, a, b, memory(2, 0, width)),
            new Binary(BinaryKernel.SUB, memory(2, 0, width), a, memory(3, 0, width)),
            new Move(largest, memory(4, 0, 1))),
        Matrix.dense(width),
        Matrix.dense(width),
        Matrix.dense(width),
        Matrix.dense(width),
        Matrix.dense(1));
  }

  @Clause("8.8")
  void theNumberOfRowsDoesNotChangeABit() {
    int all = 301;
    for (int width : new int[] {1, 5, 16, 50, 200}) {
      for (RowCase rowCase :
          List.of(
              unary(UnaryKernel.EXP, width, Values.NORMAL),
              unary(UnaryKernel.TANH, width, Values.NORMAL),
              binary(BinaryKernel.SIGMOID_GRADIENT, width, Values.NORMAL, Values.NORMAL),
              reduce(ReduceKernel.SUM, width, Values.NORMAL),
              standardise(width, 3, Values.NORMAL),
              standardiseGradient(width, 3, Values.NORMAL))) {
        for (Precision precision : Precision.values()) {
          double[] whole = null;
          for (int rows : new int[] {all, 13, 1}) {
            RowCase.Run run = rowCase.over(all, precision);
            RowKernel kernel = run.prepare(backend(1));
            double[] before = run.results();
            run.execute(kernel, 0, 0);
            if (Arrays.mismatch(before, run.results()) >= 0) {
              fail(rowCase.program() + " " + precision + " writes when it has no rows");
            }
            for (int from = 0; from < all; from += rows) {
              run.execute(kernel, from, Math.min(all, from + rows));
            }
            double[] now = run.results();
            if (whole != null && Arrays.mismatch(whole, now) >= 0) {
              fail(rowCase.program() + " " + precision + " differs in parts of " + rows + " rows");
            }
            whole = now;
          }
        }
      }
    }
  }

  @Clause("8.9")
  void severalThreadsMayRunOneKernel() {
    Backend backend = backend(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(MOST_THREADS)) {
      for (int width : new int[] {5, 64, 200}) {
        for (Precision precision : Precision.values()) {
          RowCase rowCase = throughRegisters(width);
          RowKernel kernel = rowCase.over(1, precision).prepare(backend);
          List<Future<@Nullable String>> errors =
              IntStream.range(0, 24)
                  .mapToObj(
                      seed ->
                          threads.submit(
                              () -> {
                                RowCase.Run run = rowCase.over(50, precision, seed);
                                run.execute(kernel);
                                return run.firstError();
                              }))
                  .toList();
          for (Future<@Nullable String> error : errors) {
            String found = error.get();
            if (found != null) {
              fail(rowCase.program() + " " + precision + ": " + found);
            }
          }
        }
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("a row program on several threads", e);
    }
  }

  @Clause("8.10")
  void rowsAreStandardised() {
    int[] widths = {1, 2, 5, 15, 16, 17, 33, 65, 200, 2049, 5000};
    for (int width : widths) {
      for (Values values :
          List.of(
              Values.NORMAL,
              Values.between(2, 4),
              Values.NORMAL.with(width / 2, Double.NaN),
              Values.NORMAL.with(width - 1, Double.POSITIVE_INFINITY))) {
        Matrix matrix = Matrix.dense(width).of(values);
        verify(
            RowCase.of(
                List.of(),
                List.of(new InverseDeviation(memory(0, 0, width), 0.1, memory(1, 0, 1))),
                matrix,
                Matrix.dense(1)));
        for (int out = 0; out < 4; out += 3) {
          verify(standardise(width, out, values));
        }
        for (int out : new int[] {0, 1, 3}) {
          verify(standardiseGradient(width, out, values));
        }
      }
    }
  }

  /** The result stands in the operand of that number. */
  private static RowCase standardise(int width, int out, Values values) {
    Slot scale = memory(2, 0, 1);
    return RowCase.of(
        List.of(),
        List.of(new Standardise(memory(0, 0, width), scale, memory(out, 0, width))),
        standardised(width, values));
  }

  private static RowCase standardiseGradient(int width, int out, Values values) {
    Slot scale = memory(2, 0, 1);
    return RowCase.of(
        List.of(),
        List.of(
            new StandardiseGradient(
                memory(0, 0, width), memory(1, 0, width), scale, memory(out, 0, width))),
        standardised(width, values));
  }

  private static Matrix[] standardised(int width, Values values) {
    Matrix matrix = Matrix.dense(width).apart();
    return new Matrix[] {matrix.of(values), matrix, Matrix.dense(1), matrix};
  }

  private static RowCase throughRegisters(int width) {
    Slot sum = register(0, 0, width);
    Slot largest = register(1, 0, 1);
    return RowCase.of(
        List.of(width, 1),
        List.of(
            new Binary(BinaryKernel.ADD, memory(0, 0, width), memory(1, 0, width), sum),
            new Reduce(ReduceKernel.MAX, sum, largest),
            new Binary(BinaryKernel.SUB, sum, largest, memory(2, 0, width))),
        Matrix.dense(width),
        Matrix.dense(width),
        Matrix.dense(width));
  }

  // ---- programs of one instruction ----

  private static RowCase unary(UnaryKernel kernel, int width, Values values) {
    return RowCase.of(
        List.of(),
        List.of(new Unary(kernel, memory(0, 0, width), memory(1, 0, width))),
        Matrix.dense(width).of(values),
        Matrix.dense(width));
  }

  private static RowCase binary(BinaryKernel kernel, int width, Values left, Values right) {
    return RowCase.of(
        List.of(),
        List.of(new Binary(kernel, memory(0, 0, width), memory(1, 0, width), memory(2, 0, width))),
        Matrix.dense(width).of(left),
        Matrix.dense(width).of(right),
        Matrix.dense(width));
  }

  private static RowCase reduce(ReduceKernel kernel, int width, Values values) {
    return RowCase.of(
        List.of(),
        List.of(new Reduce(kernel, memory(0, 0, width), memory(1, 0, 1))),
        Matrix.dense(width).of(values),
        Matrix.dense(1));
  }

  // ---- checks ----

  private void verify(RowCase rowCase) {
    verify(rowCase, RowCase.Run::firstError);
  }

  private void verify(RowCase rowCase, Function<RowCase.Run, @Nullable String> check) {
    Backend backend = backend(2);
    RowProgram program = rowCase.program();
    for (Precision precision : Precision.values()) {
      for (int rows : rowCase.isLarge() ? FEW_ROWS : ROWS) {
        String error;
        try {
          RowCase.Run run = rowCase.over(rows, precision);
          run.execute(run.prepare(backend));
          error = check.apply(run);
        } catch (RuntimeException e) {
          error = "threw " + e;
        }
        if (error != null) {
          fail("%s %s over %d rows: %s".formatted(program, precision, rows, error));
        }
      }
    }
  }
}
