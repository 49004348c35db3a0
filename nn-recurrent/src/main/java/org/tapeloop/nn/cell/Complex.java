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
}
