package org.tapeloop.autograd.tck;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Binary;
import org.tapeloop.autograd.spi.RowProgram.Instruction;
import org.tapeloop.autograd.spi.RowProgram.InverseDeviation;
import org.tapeloop.autograd.spi.RowProgram.Move;
import org.tapeloop.autograd.spi.RowProgram.Reduce;
import org.tapeloop.autograd.spi.RowProgram.Select;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowProgram.Unary;
import org.tapeloop.autograd.spi.RowPrograms;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Mistakes that backends make, each in a backend that is sound otherwise, and the clause that each
 * breaks.
 */
enum Defect {
  COPY_STORES_A_WHOLE_VECTOR_PAST_THE_END(
      "1.1",
      threads ->
          new ForwardingBackend() {
            @Override
            public void copy(ArrayView in, ArrayView out) {
              sound.copy(in, out);
              int end = out.layout().offset() + out.layout().size();
              if (out.layout().isContiguous() && end < length(out)) {
                out.set(end, 0);
              }
            }
          }),
  SOFTMAX_SHIFTS_ITS_OPERAND_IN_PLACE(
      "1.2",
      threads ->
          new ForwardingBackend() {
            @Override
            public void softmax(ArrayView x, ArrayView out) {
              sound.softmax(x, out);
              if (x.layout().isContiguous()) {
                sound.binary(BinaryKernel.SUB, x, out, x);
              }
            }
          }),
  GATHER_TAKES_THE_COLUMNS_OF_A_TABLE_FOR_ADJACENT(
      "1.3",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
              Layout layout = table.layout();
              int[] strides = {layout.stride(0), 1};
              sound.gatherRows(
                  table.with(Layout.strided(layout.offset(), layout.extents(), strides)),
                  rows,
                  out);
            }
          }),
  CUMULATIVE_SUM_IGNORES_THE_SIGN_OF_A_STRIDE(
      "1.4",
      threads ->
          new ForwardingBackend() {
            @Override
            public void cumulativeSum(ArrayView x, int axis, ArrayView out) {
              Layout layout = out.layout();
              if (layout.size() > 0 && layout.stride(axis) < 0) {
                int length = layout.extent(axis);
                layout = layout.slice(axis, length - 1, -1, length);
              }
              sound.cumulativeSum(x, axis, out.with(layout));
            }
          }),
  SELECT_KNOWS_THREE_AXES_ONLY(
      "1.5",
      threads ->
          new ForwardingBackend() {
            @Override
            public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
              if (out.layout().rank() > 3) {
                throw new UnsupportedOperationException("select: more than 3 axes");
              }
              sound.select(condition, a, b, out);
            }
          }),
  LOG_SOFTMAX_DIVIDES_BY_THE_ROW_LENGTH(
      "1.6",
      threads ->
          new ForwardingBackend() {
            @Override
            public void logSoftmax(ArrayView x, ArrayView out) {
              Layout layout = x.layout();
              int rows = layout.size() / layout.extent(layout.rank() - 1);
              if (rows > 0) {
                sound.logSoftmax(x, out);
              }
            }
          }),
  SUM_IS_SPLIT_BY_THE_NUMBER_OF_THREADS(
      "1.7",
      threads ->
          new ForwardingBackend() {
            @Override
            public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
              sound.reduce(kernel, x, out);
              if (kernel == ReduceKernel.SUM && size(out) == 1 && x.layout().isContiguous()) {
                Layout line = Layout.rowMajor(size(x));
                ArrayView partial = x.allocate(1);
                double total = 0;
                for (int part = 0; part < threads; part++) {
                  int from = (int) ((long) part * size(x) / threads);
                  int to = (int) ((part + 1L) * size(x) / threads);
                  sound.reduce(
                      kernel, x.with(shifted(line, x).slice(0, from, 1, to - from)), partial);
                  total += partial.get(0);
                }
                out.set(out.layout().offset(), total);
              }
            }
          }),
  CALLERS_SHARE_ONE_SCRATCH_ARRAY(
      "1.8",
      threads ->
          new ForwardingBackend() {
            // Two callers at once are made to meet, each finding the other's result in the scratch.
            private final Exchanger<ArrayView> scratch = new Exchanger<>();
            private final Thread owner = Thread.currentThread();

            @Override
            public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
              ArrayView result = out.allocate(out.layout().extents());
              sound.binary(kernel, a, b, result);
              try {
                boolean alone = Thread.currentThread() == owner;
                sound.copy(
                    alone ? result : scratch.exchange(result, 5, TimeUnit.MILLISECONDS), out);
              } catch (InterruptedException | TimeoutException e) {
                sound.copy(result, out);
              }
            }
          }),
  PACKED_WEIGHTS_ARE_CACHED_BY_ARRAY(
      "1.9",
      threads ->
          new ForwardingBackend() {
            private final IdentityHashMap<Object, ArrayView> packed = new IdentityHashMap<>();

            @Override
            public synchronized void gemm(
                double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
              ArrayView copy =
                  packed.computeIfAbsent(
                      arrayOf(b),
                      array -> {
                        ArrayView fresh = b.allocate(b.layout().extents());
                        sound.copy(b, fresh);
                        return fresh;
                      });
              sound.gemm(alpha, a, copy, beta, out);
            }
          }),
  CLAIMS_MORE_THREADS_THAN_IT_MAY_USE(
      "1.10",
      threads ->
          new ForwardingBackend() {
            @Override
            public int threads() {
              return threads + 1;
            }
          }),
  FILL_GOES_THROUGH_FLOAT(
      "2.1",
      threads ->
          new ForwardingBackend() {
            @Override
            public void fill(ArrayView out, double value) {
              sound.fill(out, (float) value);
            }
          }),
  COPY_ADDS_ZERO(
      "2.2",
      threads ->
          new ForwardingBackend() {
            @Override
            public void copy(ArrayView in, ArrayView out) {
              ArrayView zero = out.allocate();
              sound.binary(
                  BinaryKernel.ADD,
                  in,
                  zero.with(zero.layout().broadcastTo(out.layout().extents())),
                  out);
            }
          }),
  LAST_LANE_OF_EXP_IS_AN_APPROXIMATION(
      "2.3",
      threads ->
          new ForwardingBackend() {
            @Override
            public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
              sound.unary(kernel, x, out);
              int n = out.layout().size();
              if (kernel == UnaryKernel.EXP && n > 64 && n % 64 == 1) {
                int last = out.layout().offset() + n - 1;
                out.set(last, out.get(last) * (1 + 1e-6));
              }
            }
          }),
  LONG_EXPS_LOSE_DIGITS_BEYOND_THE_RANGE_OF_FLOATS(
      "2.3",
      threads ->
          new ForwardingBackend() {
            @Override
            public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
              sound.unary(kernel, x, out);
              int n = out.layout().size();
              int first = out.layout().offset();
              for (int i = first; kernel == UnaryKernel.EXP && n > 2048 && i < first + n; i++) {
                out.set(i, out.get(i) > 1e60 ? out.get(i) * (1 + 1e-12) : out.get(i));
              }
            }
          }),
  SOFTPLUS_OVERFLOWS(
      "2.4",
      threads ->
          new ForwardingBackend() {
            @Override
            public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
              ArrayView argument = x;
              if (kernel == UnaryKernel.SOFTPLUS && x.layout().rank() == 1) {
                argument = x.allocate(x.layout().extents());
                for (int i = 0; i < x.layout().size(); i++) {
                  double value = x.get(x.layout().offset() + i * x.layout().stride(0));
                  argument.set(i, value > 700 ? Double.POSITIVE_INFINITY : value);
                }
              }
              sound.unary(kernel, argument, out);
            }
          }),
  LONG_DIVISIONS_MULTIPLY_BY_THE_RECIPROCAL(
      "2.5",
      threads ->
          new ForwardingBackend() {
            @Override
            public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
              if (kernel == BinaryKernel.DIV && out.layout().size() > 2048) {
                ArrayView reciprocal = b.allocate(b.layout().extents());
                sound.unary(UnaryKernel.RECIPROCAL, b, reciprocal);
                sound.binary(BinaryKernel.MUL, a, reciprocal, out);
              } else {
                sound.binary(kernel, a, b, out);
              }
            }
          }),
  MAXIMUM_COMPARES_AND_SO_LOSES_NAN(
      "2.6",
      threads ->
          new ForwardingBackend() {
            @Override
            public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
              if (kernel == BinaryKernel.MAXIMUM) {
                ArrayView less = a.allocate(a.layout().extents());
                sound.binary(BinaryKernel.LESS, a, b, less);
                sound.select(less, b, a, out);
              } else {
                sound.binary(kernel, a, b, out);
              }
            }
          }),
  SELECT_BLENDS_BY_MULTIPLICATION(
      "2.7",
      threads ->
          new ForwardingBackend() {
            @Override
            public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
              int[] extents = out.layout().extents();
              ArrayView zero = out.allocate();
              ArrayView none = zero.with(zero.layout().broadcastTo(extents));
              ArrayView mask = out.allocate(extents);
              ArrayView other = out.allocate(extents);
              sound.binary(BinaryKernel.EQUAL, condition, none, other);
              sound.binary(BinaryKernel.MUL, other, b, other);
              sound.binary(BinaryKernel.NOT_EQUAL, condition, none, mask);
              sound.binary(BinaryKernel.MUL, mask, a, mask);
              sound.binary(BinaryKernel.ADD, mask, other, out);
            }
          }),
  DIFFERENCE_WRITES_BEFORE_IT_HAS_READ(
      "2.8",
      threads ->
          new ForwardingBackend() {
            @Override
            public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
              if (kernel == BinaryKernel.SUB) {
                sound.unary(UnaryKernel.NEGATE, b, out);
                sound.binary(BinaryKernel.ADD, a, out, out);
              } else {
                sound.binary(kernel, a, b, out);
              }
            }
          }),
  GATHER_MULTIPLIES_BY_ONE_HOT_ROWS(
      "3.1",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
              int width = table.layout().extent(0);
              ArrayView oneHot = table.allocate(rows.length, width);
              for (int i = 0; i < rows.length; i++) {
                oneHot.set(i * width + rows[i], 1);
              }
              sound.gemm(1, oneHot, table, 0, out);
            }
          }),
  SCATTER_READS_EACH_ROW_ONCE(
      "3.3",
      threads ->
          new ForwardingBackend() {
            @Override
            public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
              int[] last = new int[out.layout().extent(0)];
              Arrays.fill(last, -1);
              for (int i = 0; i < rows.length; i++) {
                last[rows[i]] = i;
              }
              for (int row = 0; row < last.length; row++) {
                if (last[row] >= 0) {
                  ArrayView one = source.with(source.layout().slice(0, last[row], 1, 1));
                  sound.scatterAddRows(one, new int[] {row}, out);
                }
              }
            }
          }),
  SCATTER_ADDS_A_DENSE_MATRIX(
      "3.4",
      threads ->
          new ForwardingBackend() {
            @Override
            public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
              ArrayView dense = out.allocate(out.layout().extents());
              sound.scatterAddRows(source, rows, dense);
              sound.binary(BinaryKernel.ADD, out, dense, out);
            }
          }),
  SUM_KEEPS_A_RUNNING_TOTAL(
      "4.2",
      threads ->
          new ForwardingBackend() {
            @Override
            public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
              if (kernel == ReduceKernel.SUM && x.layout().isContiguous() && size(out) == 1) {
                int first = x.layout().offset();
                ArrayView total = out.allocate(1);
                for (int i = first; i < first + x.layout().size(); i++) {
                  total.set(0, total.get(0) + x.get(i));
                }
                out.set(out.layout().offset(), total.get(0));
              } else {
                sound.reduce(kernel, x, out);
              }
            }
          }),
  REDUCES_ADJACENT_AXES_ONLY(
      "4.5",
      threads ->
          new ForwardingBackend() {
            @Override
            public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
              int last = x.layout().rank() - 1;
              if (last > 1
                  && size(out) > 1
                  && out.layout().extent(0) == 1
                  && out.layout().extent(last) == 1) {
                throw new UnsupportedOperationException("reduce: axes that are not adjacent");
              }
              sound.reduce(kernel, x, out);
            }
          }),
  REDUCING_NOTHING_WRITES_NOTHING(
      "4.6",
      threads ->
          new ForwardingBackend() {
            @Override
            public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
              if (size(x) > 0) {
                sound.reduce(kernel, x, out);
              }
            }
          }),
  LARGEST_SKIPS_NAN(
      "4.7",
      threads ->
          new ForwardingBackend() {
            @Override
            public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
              if (kernel == ReduceKernel.MAX && size(out) == 1) {
                ArrayView known = x.allocate(x.layout().extents());
                ArrayView least = x.allocate();
                least.set(0, Double.NEGATIVE_INFINITY);
                sound.binary(BinaryKernel.EQUAL, x, x, known);
                ArrayView fallback = least.with(least.layout().broadcastTo(x.layout().extents()));
                sound.select(known, x, fallback, known);
                sound.reduce(kernel, known, out);
              } else {
                sound.reduce(kernel, x, out);
              }
            }
          }),
  ALPHA_ZERO_RETURNS_AT_ONCE(
      "5.2",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
              if (alpha != 0) {
                sound.gemm(alpha, a, b, beta, out);
              }
            }
          }),
  BETA_ZERO_STILL_MULTIPLIES_THE_OLD_OUTPUT(
      "5.3",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
              boolean scales = beta == 0 && a.layout().extent(a.layout().rank() - 1) > 0;
              if (scales) {
                ArrayView zero = out.allocate();
                ArrayView zeros = zero.with(zero.layout().broadcastTo(out.layout().extents()));
                sound.binary(BinaryKernel.MUL, out, zeros, out);
              }
              sound.gemm(alpha, a, b, scales ? 1 : beta, out);
            }
          }),
  NO_INNER_ELEMENTS_RETURNS_AT_ONCE(
      "5.4",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
              if (size(a) > 0) {
                sound.gemm(alpha, a, b, beta, out);
              }
            }
          }),
  PRODUCT_READS_PADDED_ROWS_AS_DENSE(
      "5.6",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
              Layout layout = a.layout();
              boolean rows = layout.rank() == 2 && layout.stride(1) == 1 && layout.stride(0) > 0;
              int[] dense = {layout.extent(layout.rank() - 1), 1};
              ArrayView taken =
                  rows ? a.with(Layout.strided(layout.offset(), layout.extents(), dense)) : a;
              sound.gemm(alpha, taken, b, beta, out);
            }
          }),
  PRODUCT_SKIPS_ZEROS(
      "5.8",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
              sound.gemm(alpha, a, b, beta, out);
              if (isZero(a)) {
                sound.gemm(0, a, b.allocate(b.layout().extents()), beta, out);
              }
            }
          }),
  ONE_LEFT_OPERAND_ADDS_TO_THE_FIRST_ONLY(
      "5.9",
      threads ->
          new ForwardingBackend() {
            @Override
            public void gemm(
                double alpha, ArrayView a, List<ArrayView> b, double beta, List<ArrayView> out) {
              for (int i = 0; i < b.size(); i++) {
                sound.gemm(alpha, a, b.get(i), i == 0 ? beta : 0, out.get(i));
              }
            }
          }),
  SOFTMAX_CLAMPS_ITS_EXPONENTS(
      "6.2",
      threads ->
          new ForwardingBackend() {
            @Override
            public void softmax(ArrayView x, ArrayView out) {
              sound.softmax(x, out);
              ArrayView least = out.allocate();
              least.set(0, Math.exp(-80));
              sound.binary(
                  BinaryKernel.MAXIMUM,
                  out,
                  least.with(least.layout().broadcastTo(out.layout().extents())),
                  out);
            }
          }),
  LOG_SOFTMAX_TAKES_THE_LOGARITHM_OF_SOFTMAX(
      "6.4",
      threads ->
          new ForwardingBackend() {
            @Override
            public void logSoftmax(ArrayView x, ArrayView out) {
              sound.softmax(x, out);
              sound.unary(UnaryKernel.LOG, out, out);
            }
          }),
  CUMULATIVE_SUM_KNOWS_FIRST_AND_LAST_AXIS_ONLY(
      "6.6",
      threads ->
          new ForwardingBackend() {
            @Override
            public void cumulativeSum(ArrayView x, int axis, ArrayView out) {
              sound.cumulativeSum(x, axis == 0 ? 0 : x.layout().rank() - 1, out);
            }
          }),
  MULTIPLYING_PACKED_FORGETS_ALPHA(
      "7.2",
      threads ->
          packing(
              backend ->
                  backend.new DensePacking() {
                    @Override
                    public void multiply(
                        double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
                      super.multiply(1, a, b, beta, out);
                    }
                  })),
  PACKING_KEEPS_THE_VIEW(
      "7.4",
      threads ->
          packing(
              backend ->
                  backend.new DensePacking() {
                    @Override
                    public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
                      return new Dense(b);
                    }
                  })),
  PACKING_RETURNS_THE_EARLIER_RESULT(
      "7.5",
      threads ->
          packing(
              backend ->
                  backend.new DensePacking() {
                    @Override
                    public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
                      return reuse != null ? reuse : super.pack(b, null);
                    }
                  })),
  ROWS_OF_A_PRODUCT_ARE_TAKEN_FOR_ADJACENT(
      "7.7",
      threads ->
          packing(
              backend ->
                  backend.new DensePacking() {
                    @Override
                    public void multiplyRows(
                        Object a,
                        int aStart,
                        int aStride,
                        int rows,
                        PackedMatrix b,
                        double beta,
                        Object out,
                        int outStart,
                        int outStride,
                        Upcoming next) {
                      super.multiplyRows(
                          a, aStart, aStride, rows, b, beta, out, outStart, b.columns(), next);
                    }
                  })),
  ROWS_OF_A_PRODUCT_DEPEND_ON_THEIR_NUMBER(
      "7.8",
      threads ->
          packing(
              backend ->
                  backend.new DensePacking() {
                    @Override
                    public void multiply(
                        double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
                      super.multiply(alpha, a, b, beta, out);
                      int first = out.layout().offset();
                      if (a.layout().extent(0) > 7 && out.layout().size() > 0) {
                        nudge(out, first);
                      }
                    }
                  })),
  COLUMNS_OF_A_PRODUCT_DEPEND_ON_THEIR_NUMBER(
      "7.9",
      threads ->
          packing(
              backend ->
                  backend.new DensePacking() {
                    @Override
                    public void multiply(
                        double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
                      super.multiply(alpha, a, b, beta, out);
                      if (b.columns() == 64 && out.layout().size() > 0) {
                        nudge(out, out.layout().offset());
                      }
                    }
                  })),
  WHAT_COMES_NEXT_IS_WRITTEN(
      "7.10",
      threads ->
          packing(
              backend ->
                  backend.new DensePacking() {
                    @Override
                    public void multiplyRows(
                        Object a,
                        int aStart,
                        int aStride,
                        int rows,
                        PackedMatrix b,
                        double beta,
                        Object out,
                        int outStart,
                        int outStride,
                        Upcoming next) {
                      super.multiplyRows(
                          a, aStart, aStride, rows, b, beta, out, outStart, outStride, next);
                      if (next.parts() > 0 && next.array(0) instanceof float[] array) {
                        array[next.start(0)] = 0;
                      }
                    }
                  })),
  ROW_PROGRAMS_TAKE_COS_FOR_SIN(
      "8.1",
      threads ->
          translating(
              i ->
                  i instanceof Unary(var kernel, var x, var out) && kernel == UnaryKernel.SIN
                      ? List.of(new Unary(UnaryKernel.COS, x, out))
                      : List.of(i))),
  ROW_PROGRAMS_SKIP_THE_LAST_COLUMN_OF_A_PRODUCT(
      "8.2",
      threads ->
          translating(
              i ->
                  i instanceof Reduce(var kernel, var x, var out)
                          && kernel == ReduceKernel.PRODUCT
                          && x.width() > 1
                      ? List.of(new Reduce(kernel, columns(x, 0, x.width() - 1), out))
                      : List.of(i))),
  ROW_PROGRAMS_REMEMBER_A_STRETCHED_COLUMN(
      "8.3",
      threads ->
          new ForwardingBackend() {
            // As if each column were spread once, when the program begins.
            @Override
            public RowPrograms rowPrograms() {
              return (program, like) -> {
                List<Integer> registers = new ArrayList<>(program.registers());
                List<Instruction> spread = new ArrayList<>();
                List<Instruction> instructions = new ArrayList<>();
                for (Instruction i : program.instructions()) {
                  if (i instanceof Binary(var kernel, var a, var b, var out)
                      && b.width() < out.width()
                      && !b.register()) {
                    Slot copy = new Slot(true, registers.size(), 0, 1);
                    registers.add(1);
                    spread.add(new Move(b, copy));
                    instructions.add(new Binary(kernel, a, copy, out));
                  } else {
                    instructions.add(i);
                  }
                }
                spread.addAll(instructions);
                return sound
                    .rowPrograms()
                    .prepare(new RowProgram(program.operands(), registers, spread), like);
              };
            }
          }),
  ROW_PROGRAMS_STORE_WHOLE_VECTORS(
      "8.4",
      threads ->
          running(
              (program, kernel) ->
                  (arrays, offsets, strides, rows) -> {
                    kernel.run(arrays, offsets, strides, rows);
                    for (Instruction i : program.instructions()) {
                      Slot out = i.out();
                      int end = out.column() + out.width();
                      int next = out.register() ? 0 : strides[out.index()] - end;
                      for (int row = 0; row < rows - 1 && next > 3; row++) {
                        int at = offsets[out.index()] + row * strides[out.index()] + end;
                        Array.setFloat(arrays[out.index()], at, 0);
                      }
                    }
                  })),
  ROW_PROGRAMS_TAKE_A_STRIDE_OF_0_FOR_1(
      "8.5",
      threads ->
          running(
              (program, kernel) ->
                  (arrays, offsets, strides, rows) -> {
                    int[] moved = Arrays.stream(strides).map(s -> Math.max(s, 1)).toArray();
                    kernel.run(arrays, offsets, moved, rows);
                  })),
  ROW_PROGRAMS_CLEAR_WHAT_THEY_WRITE(
      "8.6",
      threads ->
          translating(
              i ->
                  i instanceof Select(var condition, var a, var b, var out) && out.equals(a)
                      ? List.of(new Binary(BinaryKernel.SUB, out, out, out), i)
                      : List.of(i))),
  ROW_PROGRAMS_USE_ONE_REGISTER_FOR_ALL(
      "8.7",
      threads ->
          new ForwardingBackend() {
            @Override
            public RowPrograms rowPrograms() {
              return (program, like) -> {
                boolean several = program.registers().size() == 4;
                List<Instruction> shared =
                    program.instructions().stream()
                        .map(i -> several ? withRegisterTwoForOne(i) : i)
                        .toList();
                return sound
                    .rowPrograms()
                    .prepare(new RowProgram(program.operands(), program.registers(), shared), like);
              };
            }
          }),
  ROW_PROGRAMS_RUN_AT_LEAST_ONE_ROW(
      "8.8",
      threads ->
          running(
              (program, kernel) ->
                  (arrays, offsets, strides, rows) ->
                      kernel.run(arrays, offsets, strides, Math.max(1, rows)))),
  ROW_PROGRAMS_KEEP_THE_OPERANDS_IN_A_FIELD(
      "8.9",
      threads ->
          running(
              (program, kernel) -> {
                // Two callers at once are made to meet, and each reads the other's operand.
                Exchanger<Object> operand = new Exchanger<>();
                Thread owner = Thread.currentThread();
                return (arrays, offsets, strides, rows) -> {
                  Object[] read = arrays.clone();
                  try {
                    if (Thread.currentThread() != owner) {
                      read[0] = operand.exchange(arrays[0], 5, TimeUnit.MILLISECONDS);
                    }
                  } catch (InterruptedException | TimeoutException e) {
                    read[0] = arrays[0];
                  }
                  kernel.run(read, offsets, strides, rows);
                };
              })),
  ROW_PROGRAMS_FORGET_EPSILON(
      "8.10",
      threads ->
          translating(
              i ->
                  i instanceof InverseDeviation(var x, var epsilon, var out)
                      ? List.of(new InverseDeviation(x, 0, out))
                      : List.of(i))),
  RUN_ALL_DROPS_THE_REST_OF_A_DIVISION(
      "9.1",
      threads ->
          new ForwardingBackend() {
            @Override
            public void runAll(int tasks, IntConsumer task) {
              sound.runAll(tasks < 50 ? tasks : tasks / 3 * 3, task);
            }
          }),
  RUN_ALL_STOPS_AT_A_FAILURE(
      "9.2",
      threads ->
          new ForwardingBackend() {
            @Override
            public void runAll(int tasks, IntConsumer task) {
              for (int i = 0; i < tasks; i++) {
                task.accept(i);
              }
            }
          }),
  PRODUCTS_IN_TASKS_ARE_SUMMED_IN_TWO_HALVES(
      "9.3",
      threads ->
          new ForwardingBackend() {
            private final ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> false);

            @Override
            public void runAll(int tasks, IntConsumer task) {
              sound.runAll(
                  tasks,
                  i -> {
                    inside.set(true);
                    try {
                      task.accept(i);
                    } finally {
                      inside.set(false);
                    }
                  });
            }

            @Override
            public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
              int axis = a.layout().rank() - 1;
              int inner = a.layout().extent(axis);
              int half = inside.get() ? inner / 2 : 0;
              if (half > 0) {
                ArrayView left = a.with(a.layout().slice(axis, 0, 1, half));
                sound.gemm(alpha, left, b.with(b.layout().slice(axis - 1, 0, 1, half)), beta, out);
              }
              ArrayView left = a.with(a.layout().slice(axis, half, 1, inner - half));
              ArrayView right = b.with(b.layout().slice(axis - 1, half, 1, inner - half));
              sound.gemm(alpha, left, right, half > 0 ? 1 : beta, out);
            }
          }),
  A_LOCK_REFUSES_TASKS_WITHIN_TASKS(
      "9.4",
      threads ->
          new ForwardingBackend() {
            private final ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> false);

            @Override
            public void runAll(int tasks, IntConsumer task) {
              if (inside.get()) {
                throw new IllegalStateException("the workers are taken");
              }
              inside.set(true);
              try {
                sound.runAll(tasks, task);
              } finally {
                inside.set(false);
              }
            }
          }),
  CALLERS_SHARE_ONE_LIST_OF_TASKS(
      "9.5",
      threads ->
          new ForwardingBackend() {
            // Two callers at once are made to meet, and each runs the other's tasks besides.
            private final Exchanger<IntConsumer> list = new Exchanger<>();
            private final Thread owner = Thread.currentThread();

            @Override
            public void runAll(int tasks, IntConsumer task) {
              IntConsumer other = i -> {};
              try {
                if (Thread.currentThread() != owner) {
                  other = list.exchange(task, 5, TimeUnit.MILLISECONDS);
                }
              } catch (InterruptedException | TimeoutException e) {
                other = i -> {};
              }
              sound.runAll(tasks, task);
              sound.runAll(tasks, other);
            }
          });

  final String clause;
  private final IntFunction<Backend> factory;

  Defect(String clause, IntFunction<Backend> factory) {
    this.clause = clause;
    this.factory = factory;
  }

  Backend create(int threads) {
    return factory.apply(threads);
  }

  private interface PackingDefect {
    MatrixPacking in(ForwardingBackend backend);
  }

  /** Moves an element by the last bit, which is within the error of any product. */
  private static void nudge(ArrayView view, int at) {
    double value = view.get(at);
    if (Double.isFinite(value) && value != 0) {
      view.set(at, view instanceof FloatView ? Math.nextUp((float) value) : Math.nextUp(value));
    }
  }

  private static Backend packing(PackingDefect defect) {
    return new ForwardingBackend() {
      @Override
      public Optional<MatrixPacking> matrixPacking() {
        return Optional.of(defect.in(this));
      }
    };
  }

  /** Each instruction of a row program made into others. */
  private static Backend translating(Function<Instruction, List<Instruction>> translation) {
    return new ForwardingBackend() {
      @Override
      public RowPrograms rowPrograms() {
        return (program, like) -> {
          List<Instruction> instructions =
              program.instructions().stream().flatMap(i -> translation.apply(i).stream()).toList();
          return sound
              .rowPrograms()
              .prepare(new RowProgram(program.operands(), program.registers(), instructions), like);
        };
      }
    };
  }

  /** Something done about a sound kernel. */
  private static Backend running(BiFunction<RowProgram, RowKernel, RowKernel> kernel) {
    return new ForwardingBackend() {
      @Override
      public RowPrograms rowPrograms() {
        return (program, like) -> kernel.apply(program, sound.rowPrograms().prepare(program, like));
      }
    };
  }

  private static Instruction withRegisterTwoForOne(Instruction instruction) {
    return instruction instanceof Binary(var kernel, var a, var b, var out)
        ? new Binary(kernel, twoForOne(a), twoForOne(b), twoForOne(out))
        : instruction;
  }

  private static Slot twoForOne(Slot slot) {
    return slot.register() && slot.index() == 1
        ? new Slot(true, 2, slot.column(), slot.width())
        : slot;
  }

  private static Slot columns(Slot slot, int from, int width) {
    return new Slot(slot.register(), slot.index(), slot.column() + from, width);
  }

  private static int size(ArrayView view) {
    return view.layout().size();
  }

  private static boolean isZero(ArrayView view) {
    for (int i = 0; i < size(view); i++) {
      if (!view.layout().isContiguous() || view.get(view.layout().offset() + i) != 0) {
        return false;
      }
    }
    return size(view) > 0;
  }

  private static Layout shifted(Layout line, ArrayView to) {
    return Layout.strided(to.layout().offset(), line.extents(), new int[] {1});
  }

  private static Object arrayOf(ArrayView view) {
    return switch (view) {
      case FloatView floats -> floats.array();
      case DoubleView doubles -> doubles.array();
    };
  }

  private static int length(ArrayView view) {
    return switch (view) {
      case FloatView floats -> floats.array().length;
      case DoubleView doubles -> doubles.array().length;
    };
  }
}
