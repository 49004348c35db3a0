package org.tapeloop.nn.cell;

import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Tensor;

/** phi, the activation of the candidate of {@link MinGruCell} and {@link MinLstmCell}. */
public enum Candidate {
  /** {@code phi(v) = v}. */
  LINEAR(UnaryOperator.identity()),
  /** {@code phi(v) = v + 1/2 if v >= 0 else sigmoid(v)}: never negative, continuous. */
  POSITIVE(v -> v.ge(0).where(v.add(0.5), v.sigmoid()));

  private final UnaryOperator<Tensor> function;

  Candidate(UnaryOperator<Tensor> function) {
    this.function = function;
  }

  Tensor apply(Tensor v) {
    return function.apply(v);
  }

  /** {@code ln phi(v)} of {@link #POSITIVE}. */
  static Tensor logPositive(Tensor v) {
    return v.ge(0).where(v.relu().add(0.5).log(), v.logSigmoid());
  }
}
