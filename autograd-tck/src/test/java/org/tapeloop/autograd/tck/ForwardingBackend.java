package org.tapeloop.autograd.tck;

import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowPrograms;
import org.tapeloop.autograd.spi.UnaryKernel;

/** The reference backend, with packed matrices besides, to be made defective in one place. */
class ForwardingBackend implements Backend {
  final Backend sound = ReferenceBackendTest.reference();

  @Override
  public String name() {
    return "forwarding";
  }

  @Override
  public String description() {
    return sound.description();
  }

  @Override
  public int threads() {
    return sound.threads();
  }

  @Override
  public void fill(ArrayView out, double value) {
    sound.fill(out, value);
  }

  @Override
  public void copy(ArrayView in, ArrayView out) {
    sound.copy(in, out);
  }

  @Override
  public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
    sound.unary(kernel, x, out);
  }

  @Override
  public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
    sound.binary(kernel, a, b, out);
  }

  @Override
  public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
    sound.select(condition, a, b, out);
  }

  @Override
  public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
    sound.reduce(kernel, x, out);
  }

  @Override
  public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    sound.gemm(alpha, a, b, beta, out);
  }

  @Override
  public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
    sound.gatherRows(table, rows, out);
  }

  @Override
  public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
    sound.scatterAddRows(source, rows, out);
  }

  @Override
  public void softmax(ArrayView x, ArrayView out) {
    sound.softmax(x, out);
  }

  @Override
  public void logSoftmax(ArrayView x, ArrayView out) {
    sound.logSoftmax(x, out);
  }

  @Override
  public void cumulativeSum(ArrayView x, int axis, ArrayView out) {
    sound.cumulativeSum(x, axis, out);
  }

  @Override
  public void runAll(int tasks, IntConsumer task) {
    sound.runAll(tasks, task);
  }

  @Override
  public Optional<MatrixPacking> matrixPacking() {
    return Optional.of(new DensePacking());
  }

  @Override
  public RowPrograms rowPrograms() {
    return sound.rowPrograms();
  }

  /** Packs into a dense copy. */
  class DensePacking implements MatrixPacking {

    record Dense(ArrayView copy) implements PackedMatrix {
      @Override
      public int rows() {
        return copy.layout().extent(0);
      }

      @Override
      public int columns() {
        return copy.layout().extent(1);
      }
    }

    @Override
    public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
      ArrayView copy = reuse instanceof Dense d ? d.copy : b.allocate(b.layout().extents());
      sound.copy(b, copy);
      return new Dense(copy);
    }

    @Override
    public void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
      sound.gemm(alpha, a, ((Dense) b).copy, beta, out);
    }
  }
}
