package org.tapeloop.autograd.tck;

/** A sum carried in two doubles, about 106 bits, so that it can judge sums in double precision. */
final class ExactSum {
  private double plain;
  private double high;
  private double low;
  private double magnitude;

  void add(double term) {
    addExactly(term);
    plain += term;
    magnitude += Math.abs(term);
  }

  void addProduct(double a, double b) {
    double product = a * b;
    addExactly(product);
    low += Math.fma(a, b, -product);
    plain += product;
    magnitude += Math.abs(product);
  }

  /** Knuth's two-sum: {@code sum + error} is {@code high + term} exactly. */
  private void addExactly(double term) {
    double sum = high + term;
    double shadow = sum - high;
    low += (high - (sum - shadow)) + (term - shadow);
    high = sum;
  }

  /** The sum; as infinities and NaN add up where there are any. */
  double value() {
    return Double.isFinite(plain) ? high + low : plain;
  }

  /** The sum of the absolute values. */
  double magnitude() {
    return magnitude;
  }
}
