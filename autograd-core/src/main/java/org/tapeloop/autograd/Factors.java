package org.tapeloop.autograd;

/**
 * Two matrices whose product {@code left^T right} is a cotangent, not multiplied yet.
 *
 * @param left [n, P]
 * @param right [n, Q]
 */
record Factors(Tensor left, Tensor right) {

  boolean isSymbolic() {
    return left.isSymbolic() || right.isSymbolic();
  }

  /** The cotangent [P, Q]. */
  Tensor product() {
    return left.transpose(0, 1).matmul(right);
  }
}
