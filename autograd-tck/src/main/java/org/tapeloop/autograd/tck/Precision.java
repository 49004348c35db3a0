package org.tapeloop.autograd.tck;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** The element types, with what the error bounds need to know of them. */
enum Precision {
  F32(0x1p-23, Float.MIN_NORMAL, Float.MAX_VALUE) {
    @Override
    ArrayView allocate(int length) {
      return new FloatView(new float[length], Layout.rowMajor(length));
    }

    @Override
    double round(double value) {
      return (float) value;
    }

    @Override
    double ulp(double value) {
      return Math.ulp((float) value);
    }
  },
  F64(0x1p-52, Double.MIN_NORMAL, Double.MAX_VALUE) {
    @Override
    ArrayView allocate(int length) {
      return new DoubleView(new double[length], Layout.rowMajor(length));
    }

    @Override
    double round(double value) {
      return value;
    }

    @Override
    double ulp(double value) {
      return Math.ulp(value);
    }
  };

  /** Distance from 1 to the next number: twice the unit roundoff. */
  final double epsilon;

  final double minNormal;
  final double maxValue;

  Precision(double epsilon, double minNormal, double maxValue) {
    this.epsilon = epsilon;
    this.minNormal = minNormal;
    this.maxValue = maxValue;
  }

  abstract ArrayView allocate(int length);

  abstract double round(double value);

  abstract double ulp(double value);
}
