package org.tapeloop.backend.vector;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * An elementwise loop over whole vectors, compiled by itself.
 *
 * <p>C2 gives a compilation a budget of nodes ({@code NodeCountInliningCutoff}), of which one loop
 * with an elementary function takes half; past it Vector API methods are called instead of inlined,
 * and every vector becomes an object on the heap, at a quarter of the speed. So a loop must never
 * be inlined into whoever happens to run two. C2 inlines through a method handle only where it
 * knows it as a constant, and a final field of an ordinary object is none: the handle here is a
 * barrier, at 5 ns a call.
 */
final class FloatLoop {
  /** {@code out[oo..] = f(x[xo..])} for n elements, a multiple of the lanes. */
  @FunctionalInterface
  interface Unary {
    void run(float[] x, int xo, float[] out, int oo, int n);
  }

  /** {@code out[oo..] = f(a[ao..], b[bo..])} for n elements, a multiple of the lanes. */
  @FunctionalInterface
  interface Binary {
    void run(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n);
  }

  /** {@code out[oo..] = f(a[ao..], b[bo..], c[co..])} for n elements, a multiple of the lanes. */
  @FunctionalInterface
  interface Ternary {
    void run(float[] a, int ao, float[] b, int bo, float[] c, int co, float[] out, int oo, int n);
  }

  private static final Class<?> ARRAY = float[].class;

  private final MethodHandle code;

  private FloatLoop(MethodHandle code) {
    this.code = code;
  }

  static FloatLoop unary(Unary code) {
    MethodHandle run =
        handle(Unary.class, ARRAY, int.class, ARRAY, int.class, int.class).bindTo(code);
    return new FloatLoop(MethodHandles.dropArguments(run, 2, ARRAY, int.class, ARRAY, int.class));
  }

  static FloatLoop binary(Binary code) {
    MethodHandle run =
        handle(Binary.class, ARRAY, int.class, ARRAY, int.class, ARRAY, int.class, int.class)
            .bindTo(code);
    return new FloatLoop(MethodHandles.dropArguments(run, 4, ARRAY, int.class));
  }

  static FloatLoop ternary(Ternary code) {
    return new FloatLoop(
        handle(
                Ternary.class,
                ARRAY,
                int.class,
                ARRAY,
                int.class,
                ARRAY,
                int.class,
                ARRAY,
                int.class,
                int.class)
            .bindTo(code));
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
  void run(float[] x, int xo, float[] out, int oo, int n) {
    run(x, xo, x, xo, x, xo, out, oo, n);
  }

  /** Runs a loop of up to two operands. */
  void run(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    run(a, ao, b, bo, b, bo, out, oo, n);
  }

  /** Runs the loop; operands it has not are ignored. */
  void run(float[] a, int ao, float[] b, int bo, float[] c, int co, float[] out, int oo, int n) {
    try {
      code.invokeExact(a, ao, b, bo, c, co, out, oo, n);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException("a loop declares no checked exception", t);
    }
  }
}
