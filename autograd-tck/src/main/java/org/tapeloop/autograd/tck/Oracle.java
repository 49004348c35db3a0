package org.tapeloop.autograd.tck;

import org.tapeloop.autograd.spi.ReduceKernel;

/**
 * What the kernels that are not elementwise must give, computed over dense float64 arrays in
 * row-major order.
 */
final class Oracle {

  private Oracle() {}

  static Expected reduce(
      ReduceKernel kernel,
      Precision precision,
      double[] x,
      int[] extents,
      int[] outExtents,
      int outSize) {
    ExactSum[] sums = new ExactSum[outSize];
    double[] combined = new double[outSize];
    int[] counts = new int[outSize];
    for (int i = 0; i < outSize; i++) {
      sums[i] = new ExactSum();
      combined[i] = kernel.identity();
    }
    for (int i = 0; i < x.length; i++) {
      int target = target(i, extents, outExtents);
      sums[target].add(x[i]);
      combined[target] = kernel.combine(combined[target], x[i]);
      counts[target]++;
    }
    Expected expected = new Expected(combined, new double[outSize]);
    for (int i = 0; i < outSize; i++) {
      if (kernel == ReduceKernel.SUM) {
        combined[i] = sums[i].value();
      }
      double magnitude = kernel == ReduceKernel.SUM ? sums[i].magnitude() : Math.abs(combined[i]);
      if (counts[i] > 1 && Double.isFinite(magnitude)) {
        expected.tolerances()[i] = ErrorBounds.reduce(kernel, precision, counts[i], magnitude);
      }
    }
    return expected;
  }

  /** The row-major index of the output element that element i of the operand belongs to. */
  private static int target(int i, int[] extents, int[] outExtents) {
    int rest = i;
    int target = 0;
    int weight = 1;
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      int index = rest % extents[axis];
      rest /= extents[axis];
      target += outExtents[axis] == 1 ? 0 : index * weight;
      weight *= outExtents[axis];
    }
    return target;
  }

  static Expected gemm(
      Precision precision,
      double alpha,
      double[] a,
      double[] b,
      double beta,
      double[] old,
      int m,
      int n,
      int k) {
    Expected expected = new Expected(new double[old.length], new double[old.length]);
    for (int at = 0; at < old.length; at++) {
      int batch = at / (m * n);
      int row = at / n % m;
      int column = at % n;
      ExactSum dot = new ExactSum();
      for (int inner = 0; inner < k; inner++) {
        dot.addProduct(a[(batch * m + row) * k + inner], b[(batch * k + inner) * n + column]);
      }
      double kept = beta == 0 ? 0 : beta * old[at];
      expected.values()[at] = k == 0 ? kept : alpha * dot.value() + kept;
      double magnitude = Math.abs(alpha) * dot.magnitude() + Math.abs(kept);
      expected.tolerances()[at] =
          Double.isFinite(magnitude) ? ErrorBounds.gemm(precision, k, magnitude) : 0;
    }
    return expected;
  }

  static Expected scatterAdd(
      Precision precision, double[] source, int[] rows, double[] old, int tableRows, int features) {
    Expected expected = new Expected(old.clone(), new double[old.length]);
    int[] repeats = new int[tableRows];
    for (int row : rows) {
      repeats[row]++;
    }
    for (int row = 0; row < tableRows; row++) {
      for (int feature = 0; feature < features && repeats[row] > 0; feature++) {
        int at = row * features + feature;
        ExactSum sum = new ExactSum();
        sum.add(old[at]);
        for (int i = 0; i < rows.length; i++) {
          if (rows[i] == row) {
            sum.add(source[i * features + feature]);
          }
        }
        expected.values()[at] = sum.value();
        expected.tolerances()[at] =
            ErrorBounds.scatterAdd(precision, repeats[row], sum.magnitude());
      }
    }
    return expected;
  }

  static Expected softmax(Precision precision, double[] x, int length) {
    Expected expected = new Expected(new double[x.length], new double[x.length]);
    for (int i = 0; i < x.length; i++) {
      int start = i - i % length;
      double belowMax = max(x, start, length) - x[i];
      double exact = Math.exp(-belowMax) / sumOfExponentials(x, start, length);
      expected.values()[i] = exact;
      expected.tolerances()[i] =
          exact == 0 ? 0 : ErrorBounds.softmax(precision, length, belowMax, exact);
    }
    return expected;
  }

  static Expected logSoftmax(Precision precision, double[] x, int length) {
    Expected expected = new Expected(new double[x.length], new double[x.length]);
    for (int i = 0; i < x.length; i++) {
      int start = i - i % length;
      double exact = x[i] - max(x, start, length) - Math.log(sumOfExponentials(x, start, length));
      expected.values()[i] = exact;
      expected.tolerances()[i] = ErrorBounds.logSoftmax(precision, length, exact);
    }
    return expected;
  }

  private static double max(double[] x, int start, int length) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = start; i < start + length; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  private static double sumOfExponentials(double[] x, int start, int length) {
    double max = max(x, start, length);
    ExactSum sum = new ExactSum();
    for (int i = start; i < start + length; i++) {
      sum.add(Math.exp(x[i] - max));
    }
    return sum.value();
  }

  static Expected cumulativeSum(Precision precision, double[] x, int[] extents, int axis) {
    Expected expected = new Expected(new double[x.length], new double[x.length]);
    int stride = 1;
    for (int later = axis + 1; later < extents.length; later++) {
      stride *= extents[later];
    }
    for (int i = 0; i < x.length; i++) {
      int index = i / stride % extents[axis];
      ExactSum sum = new ExactSum();
      for (int back = index; back >= 0; back--) {
        sum.add(x[i - back * stride]);
      }
      expected.values()[i] = sum.value();
      expected.tolerances()[i] =
          index == 0 ? 0 : ErrorBounds.cumulativeSum(precision, index + 1, sum.magnitude());
    }
    return expected;
  }
}
