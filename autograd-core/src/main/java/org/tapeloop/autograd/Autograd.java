package org.tapeloop.autograd;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Differentiation, and the scopes that govern what is recorded. */
public final class Autograd {
  private static final ScopedValue<Boolean> RECORDING = ScopedValue.newInstance();

  private Autograd() {}

  /**
   * Runs the body without recording: results need no gradient and keep no graph alive.
   *
   * @return what the body returns
   */
  public static <T> T noGrad(Supplier<T> body) {
    return ScopedValue.where(RECORDING, false).call(body::get);
  }

  /** Runs the body without recording. */
  public static void noGrad(Runnable body) {
    ScopedValue.where(RECORDING, false).run(body);
  }

  /** Runs the body with recording on, inside a {@link #noGrad} scope too. */
  public static <T> T enableGrad(Supplier<T> body) {
    return ScopedValue.where(RECORDING, true).call(body::get);
  }

  /** Whether operations on tensors that need a gradient are being recorded in this thread. */
  public static boolean isRecording() {
    return !RECORDING.isBound() || RECORDING.get();
  }

  /**
   * Runs the body in anomaly mode: the first operation that makes NaN out of operands without NaN,
   * in forward or in backward, stops it. Slow: every result is scanned.
   *
   * @return what the body returns
   * @throws AnomalyException naming the operation and its shapes
   */
  public static <T> T detectAnomaly(Supplier<T> body) {
    return Anomaly.detect(body);
  }

  /** Whether this thread is in anomaly mode. */
  public static boolean isDetectingAnomaly() {
    return Anomaly.isOn();
  }

  /**
   * The gradients of {@code sum_i <cotangents[i], outputs[i]>} with respect to each wanted tensor.
   *
   * <p>The wanted tensors may be leaves or results; one on which nothing depends gets zeros.
   * Several threads may differentiate at once.
   *
   * @param outputs tensors that were recorded
   * @param cotangents one for each output, of its shape and type
   * @param wrt the tensors to differentiate with respect to
   * @param mode what becomes of the graph
   * @return the gradients, in the order asked for, keyed by tensor identity; immutable
   * @throws IllegalArgumentException if shapes or types do not match, or a wanted tensor needs no
   *     gradient
   * @throws IllegalStateException if a needed part of the graph was freed by an earlier pass
   */
  public static Map<Tensor, Tensor> gradients(
      List<Tensor> outputs, List<Tensor> cotangents, Collection<Tensor> wrt, GraphMode mode) {
    Backward.check(outputs, cotangents);
    boolean record = mode == GraphMode.CREATE;
    return Activations.plain(ScopedValue.where(RECORDING, record))
        .call(() -> new Backward(mode).run(outputs, cotangents, wrt));
  }
}
