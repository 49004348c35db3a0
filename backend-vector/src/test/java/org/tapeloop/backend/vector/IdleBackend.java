package org.tapeloop.backend.vector;

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

/** Has all capabilities, computes nothing, and allocates nothing. */
final class IdleBackend implements Backend, MatrixPacking, RowPrograms {
  private final Optional<MatrixPacking> packing = Optional.of(this);

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
      int outStride) {}

  @Override
  public RowPrograms rowPrograms() {
    return this;
  }

  @Override
  public RowKernel prepare(RowProgram program, ArrayView like) {
    return (arrays, offsets, strides, rows) -> {};
  }
}
