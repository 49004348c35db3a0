package org.tapeloop.autograd.tck;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowPrograms;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * A backend whose kernels return at once, to measure what surrounds them: the time and the memory
 * that tensors, tape and compiled scans take for themselves.
 *
 * <p>It has all capabilities, so a scan takes the way that it takes on a backend with packed
 * matrices and row programs, and it allocates nothing but one {@link MatrixPacking.PackedMatrix} a
 * matrix. Results hold whatever was in their arrays. It passes no clause of the suite, and is not
 * found by name.
 */
public final class IdleBackend implements Backend, MatrixPacking, RowPrograms {
  private final Optional<MatrixPacking> packing = Optional.of(this);

  /** A backend for {@link org.tapeloop.autograd.Backends#use}. */
  public IdleBackend() {}

  private record Packed(int rows, int columns) implements PackedMatrix {}

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String description() {
    return "computes nothing";
  }

  @Override
  public int threads() {
    return 1;
  }

  @Override
  public void fill(ArrayView out, double value) {}

  @Override
  public void copy(ArrayView in, ArrayView out) {}

  @Override
  public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {}

  @Override
  public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {}

  @Override
  public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {}

  @Override
  public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {}

  @Override
  public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {}

  @Override
  public void gatherRows(ArrayView table, int[] rows, ArrayView out) {}

  @Override
  public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {}

  @Override
  public Optional<MatrixPacking> matrixPacking() {
    return packing;
  }

  @Override
  public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
    return reuse != null ? reuse : new Packed(b.layout().extent(0), b.layout().extent(1));
  }

  @Override
  public void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {}

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
      Upcoming next) {}

  @Override
  public RowPrograms rowPrograms() {
    return this;
  }

  @Override
  public RowKernel prepare(RowProgram program, ArrayView like) {
    return (arrays, offsets, strides, rows) -> {};
  }
}
