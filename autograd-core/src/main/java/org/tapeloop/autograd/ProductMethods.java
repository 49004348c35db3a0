package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

import org.jspecify.annotations.Nullable;

/** Matrix products of {@link Tensor}. */
sealed interface ProductMethods permits Tensor {

  private Tensor self() {
    return (Tensor) this;
  }

  /**
   * Matrix product, as in NumPy: [M, K] x [K, N] gives [M, N]; leading axes are batch axes and
   * broadcast; a vector on the left counts as a row and on the right as a column, and its borrowed
   * axis is dropped from the result.
   *
   * @throws IllegalArgumentException if an operand is a scalar, or the inner extents differ
   */
  default Tensor matmul(Tensor other) {
    Tensor a = self();
    if (a.rank() == 0 || other.rank() == 0) {
      throw new IllegalArgumentException(
          "matmul: %s x %s: an operand is a scalar; use mul".formatted(a.shape(), other.shape()));
    }
    boolean row = a.rank() == 1;
    boolean column = other.rank() == 1;
    int innerB = column ? other.extent(0) : other.extent(-2);
    ProductOps.checkInner("matmul", a.shape(), other.shape(), a.extent(-1), innerB);
    Tensor left = row ? a.unsqueeze(0) : a;
    Tensor right = column ? other.unsqueeze(1) : other;
    Tensor product =
        left.rank() > 2 && right.rank() == 2
            ? byRows(left, right)
            : ProductOps.MATMUL.apply(NONE, left, right);
    if (row) {
      product = product.squeeze(-2);
    }
    return column ? product.squeeze(-1) : product;
  }

  /** All matrices of the left operand times one matrix: a single product of more rows. */
  private static Tensor byRows(Tensor left, Tensor right) {
    ProductOps.MATMUL.check(NONE, left, right);
    Shape result = left.shape().withExtent(left.rank() - 1, right.extent(1));
    return ProductOps.MATMUL.apply(NONE, rows(left), right).reshape(result);
  }

  /**
   * {@code this W^T + bias}: this [..., I], weight [O, I], bias [O]; gives [..., O].
   *
   * @param bias null for none
   * @throws IllegalArgumentException if the extents do not fit
   */
  default Tensor affine(Tensor weight, @Nullable Tensor bias) {
    Tensor x = self();
    if (x.rank() == 2) {
      return affineOfRows(x, weight, bias);
    }
    Shape result = affineShape(x, weight, bias);
    return affineOfRows(rows(x), weight, bias).reshape(result);
  }

  private static Tensor affineOfRows(Tensor x, Tensor weight, @Nullable Tensor bias) {
    return bias == null
        ? ProductOps.AFFINE.apply(NONE, x, weight)
        : ProductOps.AFFINE.apply(NONE, x, weight, bias);
  }

  /** The shape of an affine map, or its error. */
  static Shape affineShape(Tensor x, Tensor weight, @Nullable Tensor bias) {
    if (x.rank() == 0) {
      throw new IllegalArgumentException(
          "affine: x is a scalar; the weight " + weight.shape() + " wants a last axis");
    }
    ProductOps.AFFINE.check(NONE, operands(x, weight, bias));
    return x.shape().withExtent(x.rank() - 1, weight.extent(0));
  }

  private static Tensor[] operands(Tensor x, Tensor weight, @Nullable Tensor bias) {
    return bias == null ? new Tensor[] {x, weight} : new Tensor[] {x, weight, bias};
  }

  /** All axes but the last merged to one. */
  private static Tensor rows(Tensor t) {
    int columns = t.extent(-1);
    int rows = 1;
    for (int axis = 0; axis < t.rank() - 1; axis++) {
      rows *= t.extent(axis);
    }
    return t.reshape(Shape.of(rows, columns));
  }
}
