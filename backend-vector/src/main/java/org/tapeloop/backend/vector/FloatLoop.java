package org.tapeloop.backend.vector;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * A loop over whole vectors of some rows, compiled by itself.
 *
 * <p>C2 gives a compilation a budget of nodes ({@code NodeCountInliningCutoff}), of which one loop
 * with an elementary function takes half; past it Vector API methods are called instead of inlined,
 * and every vector becomes an object on the heap, at a quarter of the speed. So a loop must never
 * be inlined into whoever happens to run two. C2 inlines through a method handle only where it
 * knows it as a constant, and a final field of an ordinary object is none: the handle here is a
 * barrier, at 5 ns a call.
 *
 * <p>Row r of an operand x begins at {@code x[xo + r*xs]}; n, the columns, is a multiple of the
 * lanes. An operand's {@code xv} is {@link #EACH}, or 0 where one vector stands for the whole row.
 * out may be the very place of an operand.
 */
final class FloatLoop {
  /** From one vector of a row to the next. */
  static final int EACH = VectorWidth.FLOAT.length();

  /** {@code out = f(x)}. */
  @FunctionalInterface
  interface Unary {
    void run(float[] x, int xo, int xs, float[] out, int oo, int os, int rows, int n);
  }

  /** {@code out = f(a, b)}. */
  @FunctionalInterface
  interface Binary {
    void run(
        float[] a,
        int ao,
        int as,
        int av,
        float[] b,
        int bo,
        int bs,
        int bv,
        float[] out,
        int oo,
        int os,
        int rows,
        int n);
  }

  /** {@code out = f(a, b, c)}. */
  @FunctionalInterface
  interface Ternary {
    void run(
        float[] a,
        int ao,
        int as,
        int av,
        float[] b,
        int bo,
        int bs,
        int bv,
        float[] c,
        int co,
        int cs,
        int cv,
        float[] out,
        int oo,
        int os,
        int rows,
        int n);
  }

  /**
   * Each row to one element: all columns that fill a vector, and those behind them, which the last
   * vector of a row has at its end. Rotated, it has them at its start, where the mask shows them.
   */
  @FunctionalInterface
  interface Fold {
    void run(
        float[] x,
        int xo,
        int xs,
        float[] out,
        int oo,
        int os,
        int rows,
        int width,
        VectorShuffle<Float> rotation,
        VectorMask<Float> rest);
  }

  /**
   * Functions of rows of n elements: of a, b, d and a number c each, one whole row or one element
   * out. Two numbers a row are kept in s meanwhile. The mask shows what of the last vector of a
   * row, which begins before the row where that is no multiple of the lanes, no vector before has.
   */
  @FunctionalInterface
  interface Rows {
    void run(
        float[] a,
        int ao,
        int as,
        float[] b,
        int bo,
        int bs,
        float[] c,
        int co,
        int cs,
        float[] d,
        int d0,
        int ds,
        float[] s,
        int so,
        int ss,
        float[] out,
        int oo,
        int os,
        int rows,
        int n,
        VectorMask<Float> rest,
        float number);
  }

  private static final Class<?> A = float[].class;
  private static final Class<?> I = int.class;

  private final MethodHandle code;
  private final int operands;

  private FloatLoop(MethodHandle code, int operands) {
    this.code = code;
    this.operands = operands;
  }

  static FloatLoop unary(Unary code) {
    return new FloatLoop(handle(Unary.class, A, I, I, A, I, I, I, I).bindTo(code), 1);
  }

  static FloatLoop binary(Binary code) {
    return new FloatLoop(
        handle(Binary.class, A, I, I, I, A, I, I, I, A, I, I, I, I).bindTo(code), 2);
  }

  static FloatLoop ternary(Ternary code) {
    return new FloatLoop(
        handle(Ternary.class, A, I, I, I, A, I, I, I, A, I, I, I, A, I, I, I, I).bindTo(code), 3);
  }

  static FloatLoop fold(Fold code) {
    return new FloatLoop(
        handle(Fold.class, A, I, I, A, I, I, I, I, VectorShuffle.class, VectorMask.class)
            .bindTo(code),
        1);
  }

  static FloatLoop rows(Rows code) {
    Class<?>[] types = {
      A, I, I, A, I, I, A, I, I, A, I, I, A, I, I, A, I, I, I, I, VectorMask.class, float.class
    };
    return new FloatLoop(handle(Rows.class, types).bindTo(code), 4);
  }

  private static MethodHandle handle(Class<?> type, Class<?>... parameters) {
    try {
      return MethodHandles.lookup()
          .findVirtual(type, "run", MethodType.methodType(void.class, parameters));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("run of " + type.getSimpleName(), e);
    }
  }

  /** Runs a loop of one operand. */
  void unary(float[] x, int xo, int xs, float[] out, int oo, int os, int rows, int n) {
    try {
      code.invokeExact(x, xo, xs, out, oo, os, rows, n);
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  /** Runs a loop of two operands. */
  void binary(
      float[] a,
      int ao,
      int as,
      int av,
      float[] b,
      int bo,
      int bs,
      int bv,
      float[] out,
      int oo,
      int os,
      int rows,
      int n) {
    try {
      code.invokeExact(a, ao, as, av, b, bo, bs, bv, out, oo, os, rows, n);
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  /** Runs a loop of three operands. */
  void ternary(
      float[] a,
      int ao,
      int as,
      int av,
      float[] b,
      int bo,
      int bs,
      int bv,
      float[] c,
      int co,
      int cs,
      int cv,
      float[] out,
      int oo,
      int os,
      int rows,
      int n) {
    try {
      code.invokeExact(a, ao, as, av, b, bo, bs, bv, c, co, cs, cv, out, oo, os, rows, n);
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  /** Runs a fold. */
  void fold(
      float[] x,
      int xo,
      int xs,
      float[] out,
      int oo,
      int os,
      int rows,
      int width,
      VectorShuffle<Float> rotation,
      VectorMask<Float> rest) {
    try {
      code.invokeExact(x, xo, xs, out, oo, os, rows, width, rotation, rest);
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  /** Runs a function of rows. */
  void rows(
      float[] a,
      int ao,
      int as,
      float[] b,
      int bo,
      int bs,
      float[] c,
      int co,
      int cs,
      float[] d,
      int d0,
      int ds,
      float[] s,
      int so,
      int ss,
      float[] out,
      int oo,
      int os,
      int rows,
      int n,
      VectorMask<Float> rest,
      float number) {
    try {
      code.invokeExact(
          a, ao, as, b, bo, bs, c, co, cs, d, d0, ds, s, so, ss, out, oo, os, rows, n, rest,
          number);
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  /** Runs a loop of one operand over one row. */
  void run(float[] x, int xo, float[] out, int oo, int n) {
    unary(x, xo, 0, out, oo, 0, 1, n);
  }

  /** Runs a loop of up to two operands over one row. */
  void run(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    run(a, ao, b, bo, b, bo, out, oo, n);
  }

  /** Runs the loop over one row; operands it has not are ignored. */
  void run(float[] a, int ao, float[] b, int bo, float[] c, int co, float[] out, int oo, int n) {
    switch (operands) {
      case 1 -> unary(a, ao, 0, out, oo, 0, 1, n);
      case 2 -> binary(a, ao, 0, EACH, b, bo, 0, EACH, out, oo, 0, 1, n);
      default -> ternary(a, ao, 0, EACH, b, bo, 0, EACH, c, co, 0, EACH, out, oo, 0, 1, n);
    }
  }

  /**
   * What is thrown when a loop fails. That anything is caught before is due to the handles, whose
   * calls declare Throwable; loops throw unchecked exceptions only.
   */
  private static RuntimeException unchecked(Throwable t) {
    if (t instanceof RuntimeException e) {
      return e;
    }
    if (t instanceof Error e) {
      throw e;
    }
    return new IllegalStateException("a loop declares no checked exception", t);
  }
}
