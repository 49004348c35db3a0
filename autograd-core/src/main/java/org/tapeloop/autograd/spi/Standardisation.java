package org.tapeloop.autograd.spi;

/**
 * Rows brought to mean 0 and variance 1, and what that does to a cotangent, composed from a
 * backend's kernels. A row lies along the last axis.
 */
public final class Standardisation {
  private Standardisation() {}

  /**
   * {@code out = 1 / sqrt(var(x) + epsilon)}. The variance is the mean square of the centred
   * values: the difference of two mean squares would cancel.
   *
   * @param out x's extents but for 1 along the last axis
   */
  public static void inverseDeviation(Backend backend, ArrayView x, double epsilon, ArrayView out) {
    ArrayView centred = x.allocate(x.layout().extents());
    mean(backend, x, out);
    backend.binary(BinaryKernel.SUB, x, stretched(out, x), centred);
    backend.unary(UnaryKernel.SQUARE, centred, centred);
    mean(backend, centred, out);
    backend.binary(BinaryKernel.ADD, out, constant(out, epsilon), out);
    backend.unary(UnaryKernel.RSQRT, out, out);
  }

  /**
   * {@code out = (x - mean(x)) * scale}.
   *
   * @param scale one element a row; out may be x
   */
  public static void standardise(Backend backend, ArrayView x, ArrayView scale, ArrayView out) {
    ArrayView mean = scale.allocate(scale.layout().extents());
    mean(backend, x, mean);
    backend.binary(BinaryKernel.SUB, x, stretched(mean, x), out);
    backend.binary(BinaryKernel.MUL, out, stretched(scale, x), out);
  }

  /**
   * {@code out = (g - mean(g) - y * mean(g * y)) * scale}.
   *
   * @param scale one element a row; out may be g or y
   */
  public static void gradient(
      Backend backend, ArrayView g, ArrayView y, ArrayView scale, ArrayView out) {
    ArrayView along = y.allocate(y.layout().extents());
    ArrayView mean = scale.allocate(scale.layout().extents());
    backend.binary(BinaryKernel.MUL, g, y, along);
    mean(backend, along, mean);
    backend.binary(BinaryKernel.MUL, y, stretched(mean, y), along);
    mean(backend, g, mean);
    backend.binary(BinaryKernel.SUB, g, stretched(mean, y), out);
    backend.binary(BinaryKernel.SUB, out, along, out);
    backend.binary(BinaryKernel.MUL, out, stretched(scale, y), out);
  }

  private static void mean(Backend backend, ArrayView x, ArrayView out) {
    int length = x.layout().extent(x.layout().rank() - 1);
    backend.reduce(ReduceKernel.SUM, x, out);
    backend.binary(BinaryKernel.DIV, out, constant(out, length), out);
  }

  private static ArrayView constant(ArrayView like, double value) {
    ArrayView one = like.allocate(1);
    one.set(0, value);
    int[] extents = like.layout().extents();
    return one.with(Layout.strided(0, extents, new int[extents.length]));
  }

  private static ArrayView stretched(ArrayView column, ArrayView like) {
    return column.with(column.layout().broadcastTo(like.layout().extents()));
  }
}
