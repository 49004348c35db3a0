package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * The element type of a tensor. The two never mix in one operation: convert with {@link Tensor#to}.
 */
public enum DType {
  /** 32-bit IEEE floating point, the default. */
  F32(Math.ulp(1f)),
  /** 64-bit IEEE floating point, for gradient checks and reference results. */
  F64(Math.ulp(1d));

  private final double epsilon;

  DType(double epsilon) {
    this.epsilon = epsilon;
  }

  /** The distance from 1 to the next larger number. */
  public double epsilon() {
    return epsilon;
  }

  /** The type of an array's elements. */
  static DType of(ArrayView view) {
    return view instanceof FloatView ? F32 : F64;
  }

  /** A new zero-filled dense array. */
  ArrayView allocate(Shape shape) {
    Layout layout = shape.layout();
    return switch (this) {
      case F32 -> new FloatView(new float[layout.size()], layout);
      case F64 -> new DoubleView(new double[layout.size()], layout);
    };
  }
}
