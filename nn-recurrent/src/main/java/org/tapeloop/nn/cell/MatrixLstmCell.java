package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * mLSTM of the xLSTM family: a memory matrix that keys and values are written to and queries read,
 * with exponential gates kept in range by a running maximum of their logarithms.
 *
 * <pre>
 * q, k, v, o = blocks of  W x + b,  k divided by sqrt(H)
 * i = w_i x + b_i,  f = w_f x + b_f,  l = ln sigmoid(f)
 * m' = max(l + m, i),  F = exp(l + m - m'),  E = exp(i - m')
 * C' = F C + E v k^T,  n' = F n + E k
 * h' = sigmoid(o) * (C' q) / max(|n' . q|, exp(-m'))
 * </pre>
 *
 * <p>The last fraction is extended by {@code min(1, exp(m'))}, so that exp(-m') cannot overflow.
 *
 * <p>Shapes: x [B, I], C [B, H, H], n [B, H], m [B, 1]; parameters {@code weight_ih} [4H, I],
 * {@code bias} [4H], {@code weight_if} [2, I], {@code bias_if} [2] in the order i, f.
 *
 * <p>Source: Beck et al. 2024, arXiv 2405.04517, with one head, a sigmoid forget gate, and without
 * the block's convolution and projections.
 */
public final class MatrixLstmCell extends SizedCell<MatrixLstmCell.State> {
  /** Memory [B, H, H], normaliser [B, H], and the largest logarithm of a gate so far [B, 1]. */
  public record State(Tensor c, Tensor n, Tensor m) {}

  private final Parameter weightIh = weightIh(4);
  private final Parameter bias = bias(4);
  private final Parameter weightIf = weight("weight_if", 2, inputSize);
  private final Parameter biasIf = weight("bias_if", 2);

  /** A cell with random weights. */
  public MatrixLstmCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public State initialState(int batch) {
    Tensor memory = zeros(batch, hiddenSize * hiddenSize);
    return new State(memory.reshape(batch, hiddenSize, hiddenSize), zeros(batch), zeros(batch, 1));
  }

  @Override
  public Step<State> step(Tensor x, State s) {
    var z = affine(x, weightIh, bias).chunk(4);
    var q = z.get(0);
    var k = z.get(1).div(Math.sqrt(hiddenSize));
    var gates = affine(x, weightIf, biasIf).chunk(2);
    var i = gates.get(0);
    var held = gates.get(1).logSigmoid().add(s.m());
    var m = held.maximum(i);
    var keep = held.sub(m).exp();
    var enter = i.sub(m).exp();
    var written = z.get(2).mul(enter).unsqueeze(2).mul(k.unsqueeze(1));
    var c = keep.unsqueeze(2).mul(s.c()).add(written);
    var n = keep.mul(s.n()).add(enter.mul(k));
    var read = c.mul(q.unsqueeze(1)).sum(2);
    var scale = m.neg().relu().neg().exp();
    var size = n.mul(q).sum(new int[] {1}, true).abs().mul(scale).maximum(m.relu().neg().exp());
    var h = z.get(3).sigmoid().mul(read.mul(scale)).div(size);
    return new Step<>(h, new State(c, n, m));
  }
}
