package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * sLSTM of the xLSTM family: an LSTM with exponential gates, kept in range by a running maximum of
 * their logarithms.
 *
 * <pre>
 * i, f, z, o = blocks of  W x + U h + b
 * l = ln sigmoid(f), or f with an exponential forget gate
 * m' = max(l + m, i),  F = exp(l + m - m'),  E = exp(i - m')
 * c' = F * c + E * tanh(z)
 * n' = F * n + E
 * h' = sigmoid(o) * c' / n'
 * </pre>
 *
 * <p>Shapes: x [B, I], all states [B, H]; parameters {@code weight_ih} [4H, I], {@code weight_hh}
 * [4H, H], {@code bias} [4H]. m starts far below any gate, so that what c and n start from has no
 * weight.
 *
 * <p>Source: Beck et al. 2024, arXiv 2405.04517, with one head, and without the block's convolution
 * and projections. The gradient flows through m' into the larger argument, where the authors' code
 * detaches it.
 */
public final class ScalarLstmCell extends SizedCell<ScalarLstmCell.State> {
  /** Output, memory cell, normaliser, and the largest logarithm of a gate so far, each [B, H]. */
  public record State(Tensor h, Tensor c, Tensor n, Tensor m) {}

  /** What the forget gate's input goes through. */
  public enum ForgetGate {
    /** The logistic sigmoid. */
    SIGMOID,
    /** The exponential. */
    EXPONENTIAL
  }

  /** Stands for ln 0: the first step is scaled by its own input gate, so that n is 1 after it. */
  private static final double NO_GATE = -1e30;

  private final Parameter weightIh = weightIh(4);
  private final Parameter weightHh = weightHh(4);
  private final Parameter bias = bias(4);
  private final ForgetGate forget;

  /** A cell with a sigmoid forget gate. */
  public ScalarLstmCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, ForgetGate.SIGMOID, generator);
  }

  /** A cell with random weights. */
  public ScalarLstmCell(int inputSize, int hiddenSize, ForgetGate forget, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.forget = forget;
  }

  @Override
  public ScalarLstmCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch), zeros(batch), zeros(batch).add(NO_GATE));
  }

  @Override
  public Step<ScalarLstmCell.State> step(Tensor x, ScalarLstmCell.State s) {
    var z = affine(x, weightIh, bias).add(times(s.h(), weightHh)).chunk(4);
    var i = z.get(0);
    var l = forget == ForgetGate.SIGMOID ? z.get(1).logSigmoid() : z.get(1);
    var held = l.add(s.m());
    var m = held.maximum(i);
    var keep = held.sub(m).exp();
    var enter = i.sub(m).exp();
    var c = keep.mul(s.c()).add(enter.mul(z.get(2).tanh()));
    var n = keep.mul(s.n()).add(enter);
    var h = z.get(3).sigmoid().mul(c).div(n);
    return new Step<>(h, new State(h, c, n, m));
  }
}
