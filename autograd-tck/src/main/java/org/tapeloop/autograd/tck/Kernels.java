package org.tapeloop.autograd.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** The calls of every kernel, with their scalar meaning in float64 and its error bounds. */
final class Kernels {

  private Kernels() {}

  static KernelCase fill(double value, int... extents) {
    return new KernelCase(
        "fill " + value + named(extents),
        List.of(),
        Operand.of(extents),
        (backend, in, out) -> backend.fill(out, value),
        (precision, in, old) -> {
          double[] values = new double[old.length];
          Arrays.fill(values, value);
          return Expected.exactly(values);
        });
  }

  static KernelCase copy(int... extents) {
    return new KernelCase(
        "copy" + named(extents),
        List.of(Operand.of(extents)),
        Operand.of(extents),
        (backend, in, out) -> backend.copy(in[0], out),
        (precision, in, old) -> Expected.exactly(in[0]));
  }

  static KernelCase unary(UnaryKernel kernel, int... extents) {
    return new KernelCase(
        "unary " + kernel + named(extents),
        List.of(Operand.of(extents)),
        Operand.of(extents),
        (backend, in, out) -> backend.unary(kernel, in[0], out),
        (precision, in, old) -> {
          Expected expected = blank(old);
          for (int i = 0; i < old.length; i++) {
            double exact = kernel.apply(in[0][i]);
            expected.values()[i] = exact;
            expected.tolerances()[i] = ErrorBounds.unary(kernel, precision, exact);
          }
          return expected;
        });
  }

  static KernelCase binary(BinaryKernel kernel, int... extents) {
    return new KernelCase(
        "binary " + kernel + named(extents),
        List.of(Operand.of(extents), Operand.of(extents)),
        Operand.of(extents),
        (backend, in, out) -> backend.binary(kernel, in[0], in[1], out),
        (precision, in, old) -> {
          Expected expected = blank(old);
          for (int i = 0; i < old.length; i++) {
            double exact = kernel.apply(in[0][i], in[1][i]);
            expected.values()[i] = exact;
            expected.tolerances()[i] = ErrorBounds.binary(kernel, precision, in[0][i], exact);
          }
          return expected;
        });
  }

  static KernelCase select(int... extents) {
    return new KernelCase(
            "select" + named(extents),
            List.of(Operand.of(extents), Operand.of(extents), Operand.of(extents)),
            Operand.of(extents),
            (backend, in, out) -> backend.select(in[0], in[1], in[2], out),
            (precision, in, old) -> {
              double[] values = new double[old.length];
              for (int i = 0; i < old.length; i++) {
                values[i] = in[0][i] != 0 ? in[1][i] : in[2][i];
              }
              return Expected.exactly(values);
            })
        .on(Values.cycling(0, 1, 1, -0.0, 0, Double.NaN, -3), Values.NORMAL, Values.NORMAL);
  }

  static KernelCase reduce(ReduceKernel kernel, int[] extents, int... outExtents) {
    KernelCase call =
        new KernelCase(
            "reduce " + kernel + named(extents) + " to" + named(outExtents),
            List.of(Operand.of(extents)),
            Operand.of(outExtents),
            (backend, in, out) -> backend.reduce(kernel, in[0], out),
            (precision, in, old) ->
                Oracle.reduce(kernel, precision, in[0], extents, outExtents, old.length));
    return kernel == ReduceKernel.PRODUCT ? call.on(Values.between(0.9, 1.1)) : call;
  }

  /** A product of matrices with leading batch axes. */
  static KernelCase gemm(double alpha, double beta, int m, int n, int k, int... batch) {
    return product(
        "gemm",
        alpha,
        beta,
        new int[] {m, n, k},
        batch,
        (backend, in, out) -> backend.gemm(alpha, in[0], in[1], beta, out));
  }

  /** The same product in three, by columns of b and out. */
  static KernelCase gemmInThree(double alpha, double beta, int m, int n, int k) {
    return product(
        "gemm in three",
        alpha,
        beta,
        new int[] {m, n, k},
        new int[0],
        (backend, in, out) -> backend.gemm(alpha, in[0], inThree(in[1], n), beta, inThree(out, n)));
  }

  /** The parts that {@link #gemmInThree} has of n columns. */
  static List<ArrayView> inThree(ArrayView matrix, int n) {
    int each = n / 3;
    return List.of(
        matrix.with(matrix.layout().slice(1, 0, 1, each)),
        matrix.with(matrix.layout().slice(1, each, 1, each)),
        matrix.with(matrix.layout().slice(1, 2 * each, 1, n - 2 * each)));
  }

  /** The same product through a matrix packed first. */
  static KernelCase packedGemm(double alpha, double beta, int m, int n, int k) {
    return product(
        "packed gemm",
        alpha,
        beta,
        new int[] {m, n, k},
        new int[0],
        (backend, in, out) -> {
          MatrixPacking packing = backend.matrixPacking().orElseThrow();
          packing.multiply(alpha, in[0], packing.pack(in[1], null), beta, out);
        });
  }

  /** A product whose rows the caller names by their place in arrays. */
  static KernelCase packedRows(double beta, int m, int n, int k) {
    return product(
        "packed rows",
        1,
        beta,
        new int[] {m, n, k},
        new int[0],
        (backend, in, out) -> {
          MatrixPacking packing = backend.matrixPacking().orElseThrow();
          packing.multiplyRows(
              arrayOf(in[0]),
              in[0].layout().offset(),
              in[0].layout().stride(0),
              m,
              packing.pack(in[1], null),
              beta,
              arrayOf(out),
              out.layout().offset(),
              out.layout().stride(0),
              MatrixPacking.Upcoming.NOTHING);
        });
  }

  /** The array that a view shows a part of. */
  static Object arrayOf(ArrayView view) {
    return switch (view) {
      case FloatView floats -> floats.array();
      case DoubleView doubles -> doubles.array();
    };
  }

  private static KernelCase product(
      String name, double alpha, double beta, int[] mnk, int[] batch, KernelCase.Call call) {
    int m = mnk[0];
    int n = mnk[1];
    int k = mnk[2];
    return new KernelCase(
        "%s %dx%dx%d%s alpha %s beta %s".formatted(name, m, n, k, named(batch), alpha, beta),
        List.of(Operand.of(append(batch, m, k)), Operand.of(append(batch, k, n))),
        Operand.of(append(batch, m, n)),
        call,
        (precision, in, old) -> Oracle.gemm(precision, alpha, in[0], in[1], beta, old, m, n, k));
  }

  static KernelCase gatherRows(int[] rows, int tableRows, int features) {
    return new KernelCase(
        "gatherRows [" + tableRows + ", " + features + "] to " + rows.length,
        List.of(Operand.of(tableRows, features)),
        Operand.of(rows.length, features),
        (backend, in, out) -> backend.gatherRows(in[0], rows.clone(), out),
        (precision, in, old) -> {
          double[] values = new double[old.length];
          for (int i = 0; i < rows.length; i++) {
            System.arraycopy(in[0], rows[i] * features, values, i * features, features);
          }
          return Expected.exactly(values);
        });
  }

  static KernelCase scatterAddRows(int[] rows, int tableRows, int features) {
    return new KernelCase(
        "scatterAddRows " + rows.length + " to [" + tableRows + ", " + features + "]",
        List.of(Operand.of(rows.length, features)),
        Operand.of(tableRows, features),
        (backend, in, out) -> backend.scatterAddRows(in[0], rows.clone(), out),
        (precision, in, old) ->
            Oracle.scatterAdd(precision, in[0], rows, old, tableRows, features));
  }

  static KernelCase softmax(int... extents) {
    return new KernelCase(
        "softmax" + named(extents),
        List.of(Operand.of(extents)),
        Operand.of(extents),
        (backend, in, out) -> backend.softmax(in[0], out),
        (precision, in, old) -> Oracle.softmax(precision, in[0], extents[extents.length - 1]));
  }

  static KernelCase logSoftmax(int... extents) {
    return new KernelCase(
        "logSoftmax" + named(extents),
        List.of(Operand.of(extents)),
        Operand.of(extents),
        (backend, in, out) -> backend.logSoftmax(in[0], out),
        (precision, in, old) -> Oracle.logSoftmax(precision, in[0], extents[extents.length - 1]));
  }

  static KernelCase cumulativeSum(int axis, int... extents) {
    return new KernelCase(
        "cumulativeSum" + named(extents) + " along " + axis,
        List.of(Operand.of(extents)),
        Operand.of(extents),
        (backend, in, out) -> backend.cumulativeSum(in[0], axis, out),
        (precision, in, old) -> Oracle.cumulativeSum(precision, in[0], extents, axis));
  }

  /** One call of each kernel but gemm, on matrices, and on pairs of matrices for reductions. */
  static List<KernelCase> everyKernelButGemm(int rows, int columns) {
    int[] matrix = {rows, columns};
    int[] batched = {2, rows, columns};
    int[] some = new int[rows];
    for (int i = 0; i < rows; i++) {
      some[i] = (i * 3 + 1) % rows;
    }
    List<KernelCase> cases = new ArrayList<>();
    cases.add(fill(0.75, matrix));
    cases.add(copy(matrix));
    for (UnaryKernel kernel : UnaryKernel.values()) {
      cases.add(unary(kernel, matrix).on(Domains.of(kernel)));
    }
    for (BinaryKernel kernel : BinaryKernel.values()) {
      cases.add(binary(kernel, matrix).on(Domains.left(kernel), Domains.right(kernel)));
    }
    cases.add(select(matrix));
    for (ReduceKernel kernel : ReduceKernel.values()) {
      cases.add(reduce(kernel, batched, 2, rows, 1));
      cases.add(reduce(kernel, batched, 1, rows, columns));
      cases.add(reduce(kernel, batched, 2, 1, columns));
    }
    cases.add(gatherRows(some, rows, columns));
    cases.add(scatterAddRows(some, rows, columns));
    cases.add(softmax(matrix));
    cases.add(logSoftmax(matrix));
    cases.add(cumulativeSum(0, matrix));
    cases.add(cumulativeSum(1, matrix));
    return cases;
  }

  private static Expected blank(double[] old) {
    return new Expected(new double[old.length], new double[old.length]);
  }

  private static int[] append(int[] batch, int rows, int columns) {
    int[] extents = Arrays.copyOf(batch, batch.length + 2);
    extents[batch.length] = rows;
    extents[batch.length + 1] = columns;
    return extents;
  }

  private static String named(int[] extents) {
    return extents.length == 0 ? "" : " " + Arrays.toString(extents);
  }
}
