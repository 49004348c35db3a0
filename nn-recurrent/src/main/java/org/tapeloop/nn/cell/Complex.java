package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Tensor;

/**
 * Complex numbers as a state.
 *
 * @param re real parts [B, H]
 * @param im imaginary parts [B, H]
 */
public record Complex(Tensor re, Tensor im) {

  /** The product with a number whose parts stretch to these. */
  Complex times(Tensor otherRe, Tensor otherIm) {
    return new Complex(re.mul(otherRe).sub(im.mul(otherIm)), im.mul(otherRe).add(re.mul(otherIm)));
  }

  /** The sum. */
  Complex plus(Complex other) {
    return new Complex(re.add(other.re), im.add(other.im));
  }

  /** {@code W x} for real x [..., I] and complex W, as real and imaginary parts [2, O, I]. */
  static Complex product(Tensor x, Tensor weight) {
    var parts = weight.unstack(0);
    return new Complex(x.affine(parts.get(0), null), x.affine(parts.get(1), null));
  }

  /** {@code Re(W h)} for these numbers [..., H] and complex W, as parts [2, O, H]. */
  Tensor realProduct(Tensor weight) {
    var parts = weight.unstack(0);
    return re.affine(parts.get(0), null).sub(im.affine(parts.get(1), null));
  }
}
