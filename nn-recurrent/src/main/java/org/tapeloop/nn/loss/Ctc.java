package org.tapeloop.nn.loss;

import org.tapeloop.autograd.Reduction;

/**
 * Options of {@link Loss#ctc}, starting from {@link #MEAN}: {@code
 * Ctc.MEAN.blank(28).zeroingInfinity()}.
 *
 * @param reduction how the items become one number
 * @param blank the class that stands for no label
 * @param zeroInfinity whether items that no path gives cost 0 instead of infinity
 */
public record Ctc(Reduction reduction, int blank, boolean zeroInfinity) {

  /** The mean of cost per label, class 0 being the blank. */
  public static final Ctc MEAN = new Ctc(Reduction.MEAN, 0, false);

  /** With another reduction. */
  public Ctc reducing(Reduction other) {
    return new Ctc(other, blank, zeroInfinity);
  }

  /** With another class for the blank. */
  public Ctc blank(int other) {
    return new Ctc(reduction, other, zeroInfinity);
  }

  /** With items that no path gives left out: they cost 0. */
  public Ctc zeroingInfinity() {
    return new Ctc(reduction, blank, true);
  }
}
