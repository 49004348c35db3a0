package org.tapeloop.backend.openblas;

import java.util.function.IntConsumer;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Products by OpenBLAS, everything else in plain loops that the JIT compiler turns into vector
 * code.
 *
 * <p>Work is cut by its shape alone, never by the number of threads, so that the same operands give
 * the same bits at any count.
 */
final class OpenBlasBackend implements Backend {
  private final String library;
  private final Workers workers;
  private final Products products;
  private final FloatKernels floats;
  private final DoubleKernels doubles;

  OpenBlasBackend(String library, int threads) {
    this.library = library;
    this.workers = new Workers(threads);
    this.products = new Products(this, workers);
    this.floats = new FloatKernels(workers);
    this.doubles = new DoubleKernels(workers);
  }

  @Override
  public String name() {
    return OpenBlasProvider.NAME;
  }

  @Override
  public String description() {
    int threads = workers.threads();
    return library + ", " + threads + (threads == 1 ? " thread" : " threads");
  }

  @Override
  public int threads() {
    return workers.threads();
  }

  @Override
  public void runAll(int tasks, IntConsumer task) {
    workers.run(tasks, task);
  }

  @Override
  public void fill(ArrayView out, double value) {
    switch (out) {
      case FloatView o -> floats.fill(o, (float) value);
      case DoubleView o -> doubles.fill(o, value);
    }
  }

  @Override
  public void copy(ArrayView in, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.copy((FloatView) in, o);
      case DoubleView o -> doubles.copy((DoubleView) in, o);
    }
  }

  @Override
  public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.unary(kernel, (FloatView) x, o);
      case DoubleView o -> doubles.unary(kernel, (DoubleView) x, o);
    }
  }

  @Override
  public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.binary(kernel, (FloatView) a, (FloatView) b, o);
      case DoubleView o -> doubles.binary(kernel, (DoubleView) a, (DoubleView) b, o);
    }
  }

  @Override
  public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.select((FloatView) condition, (FloatView) a, (FloatView) b, o);
      case DoubleView o ->
          doubles.select((DoubleView) condition, (DoubleView) a, (DoubleView) b, o);
    }
  }

  @Override
  public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.reduce(kernel, (FloatView) x, o);
      case DoubleView o -> doubles.reduce(kernel, (DoubleView) x, o);
    }
  }

  @Override
  public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    products.gemm(alpha, a, b, beta, out);
  }

  @Override
  public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.gatherRows((FloatView) table, rows, o);
      case DoubleView o -> doubles.gatherRows((DoubleView) table, rows, o);
    }
  }

  @Override
  public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.scatterAddRows((FloatView) source, rows, o);
      case DoubleView o -> doubles.scatterAddRows((DoubleView) source, rows, o);
    }
  }

  @Override
  public void softmax(ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.softmax((FloatView) x, o);
      case DoubleView o -> doubles.softmax((DoubleView) x, o);
    }
  }

  @Override
  public void logSoftmax(ArrayView x, ArrayView out) {
    switch (out) {
      case FloatView o -> floats.logSoftmax((FloatView) x, o);
      case DoubleView o -> doubles.logSoftmax((DoubleView) x, o);
    }
  }

  @Override
  public void cumulativeSum(ArrayView x, int axis, ArrayView out) {
    if (axis < out.layout().rank() - 1) {
      Backend.super.cumulativeSum(x, axis, out);
      return;
    }
    switch (out) {
      case FloatView o -> floats.cumulativeSum((FloatView) x, o);
      case DoubleView o -> doubles.cumulativeSum((DoubleView) x, o);
    }
  }
}
