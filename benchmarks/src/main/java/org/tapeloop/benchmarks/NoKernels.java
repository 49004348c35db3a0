package org.tapeloop.benchmarks;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Kernels that return at once: what is left of a program's time is the tape's. */
final class NoKernels implements Backend {
  @Override
  public String name() {
    return "none";
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
}
