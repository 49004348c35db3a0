package org.tapeloop.autograd.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;

/**
 * A row program with the matrices it runs over.
 *
 * @param matrices one for each operand
 */
record RowCase(RowProgram program, List<Matrix> matrices) {

  /**
   * A matrix in memory.
   *
   * @param columns elements of a row
   * @param gap elements of others between the rows, and before the first
   * @param repeated whether all rows are one
   * @param values its elements in row-major order
   * @param twin the operand whose memory it is, or -1
   */
  record Matrix(int columns, int gap, boolean repeated, Values values, int twin) {

    static Matrix dense(int columns) {
      return new Matrix(columns, 0, false, Values.NORMAL, -1);
    }

    /** With elements of others between the rows. */
    Matrix apart() {
      return new Matrix(columns, 5, repeated, values, twin);
    }

    /** One row for all. */
    Matrix sameForAllRows() {
      return new Matrix(columns, gap, true, values, twin);
    }

    Matrix of(Values other) {
      return new Matrix(columns, gap, repeated, other, twin);
    }

    /** In the memory of an earlier operand. */
    Matrix inPlaceOf(int operand) {
      return new Matrix(columns, gap, repeated, values, operand);
    }

    int stride() {
      return repeated ? 0 : columns + gap;
    }

    /** The last element of the last row is the last of the array: a read past it throws. */
    int length(int rows) {
      return gap + (repeated ? 1 : rows) * (columns + gap) - (rows == 0 ? 0 : gap);
    }
  }

  static RowCase of(
      List<Integer> registers, List<RowProgram.Instruction> instructions, Matrix... matrices) {
    return new RowCase(new RowProgram(matrices.length, registers, instructions), List.of(matrices));
  }

  /** Whether its meaning takes long to compute. */
  boolean isLarge() {
    return matrices.stream().anyMatch(matrix -> matrix.columns > 1000);
  }

  static Slot memory(int operand, int column, int width) {
    return new Slot(false, operand, column, width);
  }

  static Slot register(int register, int column, int width) {
    return new Slot(true, register, column, width);
  }

  /** The program and its matrices in memory. */
  static final class Run {
    private final RowCase rowCase;
    private final Precision precision;
    private final int rows;
    private final ArrayView[] flat;
    private final double[][] expected;
    private final double[][] tolerances;
    private final boolean[][] written;

    private Run(RowCase rowCase, Precision precision, int rows, int seed) {
      this.rowCase = rowCase;
      this.precision = precision;
      this.rows = rows;
      Random random = new Random(20260801 + seed);
      int count = rowCase.matrices.size();
      flat = new ArrayView[count];
      expected = new double[count][];
      tolerances = new double[count][];
      written = new boolean[count][];
      for (int k = 0; k < count; k++) {
        Matrix matrix = rowCase.matrices.get(k);
        if (matrix.twin >= 0) {
          flat[k] = flat[matrix.twin];
          expected[k] = expected[matrix.twin];
          tolerances[k] = tolerances[matrix.twin];
          written[k] = written[matrix.twin];
          continue;
        }
        int length = matrix.length(rows);
        flat[k] = precision.allocate(length);
        for (int i = 0; i < length; i++) {
          int column = matrix.columns + matrix.gap == 0 ? 0 : i % (matrix.columns + matrix.gap);
          boolean outside = column < matrix.gap;
          flat[k].set(i, outside ? Double.NaN : matrix.values.draw(random, i));
        }
        expected[k] = elements(k);
        tolerances[k] = new double[length];
        written[k] = new boolean[length];
      }
      for (int row = 0; row < rows; row++) {
        new Meaning(row).execute();
      }
    }

    RowKernel prepare(Backend backend) {
      return backend.rowPrograms().prepare(rowCase.program, precision.allocate(1));
    }

    void execute(RowKernel kernel) {
      execute(kernel, 0, rows);
    }

    /** Runs the program over some of the rows. */
    void execute(RowKernel kernel, int from, int to) {
      int count = flat.length;
      Object[] arrays = new Object[count];
      int[] offsets = new int[count];
      int[] strides = new int[count];
      for (int k = 0; k < count; k++) {
        Matrix matrix = rowCase.matrices.get(k);
        arrays[k] =
            switch (flat[k]) {
              case FloatView view -> view.array();
              case DoubleView view -> view.array();
            };
        strides[k] = matrix.stride();
        offsets[k] = matrix.gap + from * strides[k];
      }
      kernel.run(arrays, offsets, strides, to - from);
    }

    /** The first wrong element that the program writes, or null. */
    @Nullable String firstError() {
      return firstError(true);
    }

    /** The first wrong element anywhere in the arrays, or null. */
    @Nullable String firstErrorAnywhere() {
      return firstError(false);
    }

    private @Nullable String firstError(boolean writtenOnly) {
      for (int k = 0; k < flat.length; k++) {
        double[] actual = elements(k);
        for (int i = 0; i < actual.length; i++) {
          if (written[k][i] || !writtenOnly) {
            String error =
                new Expected(new double[] {expected[k][i]}, new double[] {tolerances[k][i]})
                    .firstError(precision, new double[] {actual[i]});
            if (error != null) {
              return "operand %d position %d: %s".formatted(k, i, error);
            }
          }
        }
      }
      return null;
    }

    /** The bits of what the program writes. */
    double[] results() {
      List<Double> results = new ArrayList<>();
      for (int k = 0; k < flat.length; k++) {
        for (int i = 0; i < written[k].length; i++) {
          if (written[k][i]) {
            results.add(flat[k].get(i));
          }
        }
      }
      return results.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private double[] elements(int k) {
      double[] elements = new double[rowCase.matrices.get(k).length(rows)];
      Arrays.setAll(elements, flat[k]::get);
      return elements;
    }

    /** One row computed in float64, each instruction rounded to the element type. */
    private final class Meaning {
      private final int row;
      private final double[][] registers;

      Meaning(int row) {
        this.row = row;
        List<Integer> widths = rowCase.program.registers();
        registers = new double[widths.size()][];
        Arrays.setAll(registers, r -> new double[widths.get(r)]);
      }

      void execute() {
        for (RowProgram.Instruction instruction : rowCase.program.instructions()) {
          Slot out = instruction.out();
          double[] values = new double[out.width()];
          double[] errors = new double[out.width()];
          Expected wholeRow = ofWholeRow(instruction);
          if (wholeRow != null) {
            values = wholeRow.values();
            errors = wholeRow.tolerances();
          } else {
            for (int i = 0; i < values.length; i++) {
              compute(instruction, i, values, errors);
            }
          }
          for (int i = 0; i < values.length; i++) {
            write(out, i, values[i], errors[i]);
          }
        }
      }

      /** The result of an instruction that looks at a whole row at once, else null. */
      private @Nullable Expected ofWholeRow(RowProgram.Instruction instruction) {
        return switch (instruction) {
          case RowProgram.Reduce(var kernel, var x, var o) -> {
            int[] extents = {x.width()};
            yield Oracle.reduce(kernel, precision, row(x), extents, new int[] {1}, 1);
          }
          case RowProgram.InverseDeviation(var x, var epsilon, var o) ->
              StandardisedRow.inverseDeviation(precision, row(x), epsilon);
          case RowProgram.Standardise(var x, var scale, var o) ->
              StandardisedRow.standardise(precision, row(x), read(scale, 0));
          case RowProgram.StandardiseGradient(var g, var y, var scale, var o) ->
              StandardisedRow.gradient(precision, row(g), row(y), read(scale, 0));
          default -> null;
        };
      }

      private double[] row(Slot x) {
        double[] row = new double[x.width()];
        Arrays.setAll(row, i -> read(x, i));
        return row;
      }

      private void compute(
          RowProgram.Instruction instruction, int i, double[] values, double[] errors) {
        switch (instruction) {
          case RowProgram.Unary(var kernel, var x, var o) -> {
            values[i] = kernel.apply(read(x, i));
            errors[i] = ErrorBounds.unary(kernel, precision, values[i]);
          }
          case RowProgram.Binary(var kernel, var a, var b, var o) -> {
            values[i] = kernel.apply(read(a, i), read(b, i));
            errors[i] = ErrorBounds.binary(kernel, precision, read(a, i), values[i]);
          }
          case RowProgram.Select(var condition, var a, var b, var o) ->
              values[i] = read(condition, i) != 0 ? read(a, i) : read(b, i);
          case RowProgram.Move(var x, var o) -> values[i] = read(x, i);
          default -> throw new IllegalStateException("not elementwise: " + instruction);
        }
      }

      private int position(Slot slot, int i) {
        Matrix matrix = rowCase.matrices.get(slot.index());
        return matrix.gap + row * matrix.stride() + slot.column() + i;
      }

      private double read(Slot slot, int i) {
        int column = slot.width() == 1 ? 0 : i;
        return slot.register()
            ? registers[slot.index()][slot.column() + column]
            : precision.round(expected[slot.index()][position(slot, column)]);
      }

      private void write(Slot slot, int i, double value, double error) {
        if (slot.register()) {
          registers[slot.index()][slot.column() + i] = precision.round(value);
        } else {
          int at = position(slot, i);
          expected[slot.index()][at] = value;
          tolerances[slot.index()][at] = error;
          written[slot.index()][at] = true;
        }
      }
    }
  }

  /** Puts the matrices in memory, and computes what the program must make of them. */
  Run over(int rows, Precision precision) {
    return over(rows, precision, 0);
  }

  /** The same with other numbers. */
  Run over(int rows, Precision precision, int seed) {
    return new Run(this, precision, rows, seed);
  }
}
