package org.tapeloop.backend.vector;

import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
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
import org.tapeloop.autograd.spi.RowPrograms;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Every kernel in vectors of the width {@link VectorWidth} chose: passes each call on to the
 * kernels of its element type.
 *
 * <p>The {@code Double} classes are written by the build from the {@code Float} ones.
 */
final class VectorBackend implements Backend, MatrixPacking, RowPrograms {
  static final String NAME = "vector";

  private final Workers workers;

  VectorBackend(int threads) {
    this.workers = new Workers(threads);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return width() + ", " + threads() + (threads() == 1 ? " thread" : " threads");
  }

  /** The width of vectors, for a person. */
  static String width() {
    return VectorWidth.BITS
        + "-bit vectors ("
        + VectorWidth.FLOAT.length()
        + " x F32, "
        + VectorWidth.DOUBLE.length()
        + " x F64)";
  }

  @Override
  public int threads() {
    return workers.threads();
  }

  @Override
  public void fill(ArrayView out, double value) {
    switch (out) {
      case FloatView o -> FloatFill.fill(o, (float) value);
      case DoubleView o -> DoubleFill.fill(o, value);
    }
  }

  @Override
  public void copy(ArrayView in, ArrayView out) {
    switch (out) {
      case FloatView o -> FloatElementwise.copy((FloatView) in, o, workers);
      case DoubleView o -> DoubleElementwise.copy((DoubleView) in, o, workers);
    }
  }

  @Override
  public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o ->
          FloatElementwise.unary(FloatUnaryLoops.of(kernel), (FloatView) x, o, workers);
      case DoubleView o ->
          DoubleElementwise.unary(DoubleUnaryLoops.of(kernel), (DoubleView) x, o, workers);
    }
  }

  @Override
  public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
    switch (out) {
      case FloatView o ->
          FloatElementwise.binary(
              FloatBinaryLoops.of(kernel), (FloatView) a, (FloatView) b, o, workers);
      case DoubleView o ->
          DoubleElementwise.binary(
              DoubleBinaryLoops.of(kernel), (DoubleView) a, (DoubleView) b, o, workers);
    }
  }

  @Override
  public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
    switch (out) {
      case FloatView o ->
          FloatElementwise.select((FloatView) condition, (FloatView) a, (FloatView) b, o, workers);
      case DoubleView o ->
          DoubleElementwise.select(
              (DoubleView) condition, (DoubleView) a, (DoubleView) b, o, workers);
    }
  }

  @Override
  public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o -> FloatReduce.reduce(FloatFolds.of(kernel), (FloatView) x, o, workers);
      case DoubleView o -> DoubleReduce.reduce(DoubleFolds.of(kernel), (DoubleView) x, o, workers);
    }
  }

  @Override
  public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    switch (out) {
      case FloatView o ->
          FloatBatchedGemm.gemm(
              (float) alpha, (FloatView) a, (FloatView) b, (float) beta, o, workers);
      case DoubleView o ->
          DoubleBatchedGemm.gemm(alpha, (DoubleView) a, (DoubleView) b, beta, o, workers);
    }
  }

  @Override
  public void gemm(double alpha, ArrayView a, List<ArrayView> b, double beta, List<ArrayView> out) {
    switch (a) {
      case FloatView v -> FloatGemmGroup.gemm((float) alpha, v, b, (float) beta, out, workers);
      case DoubleView v -> DoubleGemmGroup.gemm(alpha, v, b, beta, out, workers);
    }
  }

  @Override
  public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
    switch (out) {
      case FloatView o -> FloatRowTable.gather((FloatView) table, rows, o);
      case DoubleView o -> DoubleRowTable.gather((DoubleView) table, rows, o);
    }
  }

  @Override
  public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
    switch (out) {
      case FloatView o -> FloatRowTable.scatterAdd((FloatView) source, rows, o);
      case DoubleView o -> DoubleRowTable.scatterAdd((DoubleView) source, rows, o);
    }
  }

  @Override
  public void softmax(ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o -> FloatSoftmax.softmax((FloatView) x, o, false, workers);
      case DoubleView o -> DoubleSoftmax.softmax((DoubleView) x, o, false, workers);
    }
  }

  @Override
  public void logSoftmax(ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o -> FloatSoftmax.softmax((FloatView) x, o, true, workers);
      case DoubleView o -> DoubleSoftmax.softmax((DoubleView) x, o, true, workers);
    }
  }

  @Override
  public void cumulativeSum(ArrayView x, int axis, ArrayView out) {
    switch (out) {
      case FloatView o -> FloatRunningSum.run((FloatView) x, axis, o, workers);
      case DoubleView o -> DoubleRunningSum.run((DoubleView) x, axis, o, workers);
    }
  }

  @Override
  public void runAll(int tasks, IntConsumer task) {
    workers.run(tasks, task);
  }

  @Override
  public Optional<MatrixPacking> matrixPacking() {
    return Optional.of(this);
  }

  @Override
  public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
    Layout layout = b.layout();
    int rows = layout.extent(0);
    int columns = layout.extent(1);
    boolean fits = reuse != null && reuse.rows() == rows && reuse.columns() == columns;
    return switch (b) {
      case FloatView view -> {
        var packed =
            fits && reuse instanceof FloatPackedMatrix p ? p : new FloatPackedMatrix(rows, columns);
        packed.pack(view);
        yield packed;
      }
      case DoubleView view -> {
        var packed =
            fits && reuse instanceof DoublePackedMatrix p
                ? p
                : new DoublePackedMatrix(rows, columns);
        packed.pack(view);
        yield packed;
      }
    };
  }

  @Override
  public void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
    switch (out) {
      case FloatView o when b instanceof FloatPackedMatrix p ->
          p.multiply((float) alpha, (FloatView) a, (float) beta, o, workers);
      case DoubleView o when b instanceof DoublePackedMatrix p ->
          p.multiply(alpha, (DoubleView) a, beta, o, workers);
      default -> throw packedElsewhere("multiply", out.elementType(), b);
    }
  }

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
    if (b instanceof FloatPackedMatrix p && out instanceof float[] o) {
      p.multiplyRows(
          (float[]) a, aStart, aStride, rows, (float) beta, o, outStart, outStride, next, workers);
    } else if (b instanceof DoublePackedMatrix p && out instanceof double[] o) {
      p.multiplyRows(
          (double[]) a, aStart, aStride, rows, beta, o, outStart, outStride, next, workers);
    } else {
      throw packedElsewhere("multiplyRows", out instanceof float[] ? "F32" : "F64", b);
    }
  }

  private static IllegalArgumentException packedElsewhere(
      String operation, String type, PackedMatrix b) {
    return new IllegalArgumentException(
        operation
            + ": "
            + type
            + " by a matrix that this backend did not pack for it: "
            + b.getClass().getSimpleName());
  }

  @Override
  public RowPrograms rowPrograms() {
    return this;
  }

  @Override
  public RowKernel prepare(RowProgram program, ArrayView like) {
    return switch (like) {
      case FloatView view -> FloatRowPlan.prepare(program);
      case DoubleView view -> DoubleRowPlan.prepare(program);
    };
  }
}
