package org.tapeloop.autograd;

import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowPrograms;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Matrix products from one backend, everything else from another. */
record CompositeBackend(Backend products, Backend rest) implements Backend {

  @Override
  public String name() {
    return products.name() + "+" + rest.name();
  }

  @Override
  public String description() {
    return "products: " + products.description() + "; rest: " + rest.description();
  }

  @Override
  public int threads() {
    return Math.max(products.threads(), rest.threads());
  }

  @Override
  public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    products.gemm(alpha, a, b, beta, out);
  }

  @Override
  public void gemm(double alpha, ArrayView a, List<ArrayView> b, double beta, List<ArrayView> out) {
    products.gemm(alpha, a, b, beta, out);
  }

  @Override
  public Optional<MatrixPacking> matrixPacking() {
    return products.matrixPacking();
  }

  @Override
  public void fill(ArrayView out, double value) {
    rest.fill(out, value);
  }

  @Override
  public void copy(ArrayView in, ArrayView out) {
    rest.copy(in, out);
  }

  @Override
  public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
    rest.unary(kernel, x, out);
  }

  @Override
  public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
    rest.binary(kernel, a, b, out);
  }

  @Override
  public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
    rest.select(condition, a, b, out);
  }

  @Override
  public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
    rest.reduce(kernel, x, out);
  }

  @Override
  public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
    rest.gatherRows(table, rows, out);
  }

  @Override
  public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
    rest.scatterAddRows(source, rows, out);
  }

  @Override
  public void softmax(ArrayView x, ArrayView out) {
    rest.softmax(x, out);
  }

  @Override
  public void logSoftmax(ArrayView x, ArrayView out) {
    rest.logSoftmax(x, out);
  }

  @Override
  public void cumulativeSum(ArrayView x, int axis, ArrayView out) {
    rest.cumulativeSum(x, axis, out);
  }

  @Override
  public void runAll(int tasks, IntConsumer task) {
    products.runAll(tasks, task);
  }

  @Override
  public RowPrograms rowPrograms() {
    return rest.rowPrograms();
  }
}
