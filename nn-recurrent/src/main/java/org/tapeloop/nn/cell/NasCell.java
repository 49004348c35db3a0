package org.tapeloop.nn.cell;

import java.util.stream.IntStream;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * The cell found by neural architecture search for language modelling.
 *
 * <pre>
 * a = W x + b,  u = U h, each in blocks 0 ... 7
 * p = tanh(sigmoid(a_0 + u_0) * relu(a_1 + u_1))
 * q = tanh(sigmoid(a_2 + u_2) + relu(a_3 * u_3))
 * r = tanh(tanh(a_4 + u_4) * sigmoid(a_5 + u_5))
 * s = sigmoid(tanh(a_6 + u_6) + sigmoid(a_7 + u_7))
 * c' = tanh(p + c) * q
 * h' = tanh(c' * tanh(r + s))
 * </pre>
 *
 * <p>Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [8H, I], {@code weight_hh} [8H,
 * H], {@code bias} [8H].
 *
 * <p>Source: Zoph and Le 2017, arXiv 1611.01578, in the form of TensorFlow's {@code NASCell}.
 */
public final class NasCell extends SizedCell<LstmState> {
  private final Parameter weightIh = weightIh(8);
  private final Parameter weightHh = weightHh(8);
  private final Parameter bias = bias(8);

  /** A cell with random weights. */
  public NasCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var a = affine(x, weightIh, bias).chunk(8);
    var u = times(s.h(), weightHh).chunk(8);
    var z = IntStream.range(0, 8).mapToObj(k -> a.get(k).add(u.get(k))).toList();
    var p = z.get(0).sigmoid().mul(z.get(1).relu()).tanh();
    var q = z.get(2).sigmoid().add(a.get(3).mul(u.get(3)).relu()).tanh();
    var r = z.get(4).tanh().mul(z.get(5).sigmoid()).tanh();
    var t = z.get(6).tanh().add(z.get(7).sigmoid()).sigmoid();
    var c = p.add(s.c()).tanh().mul(q);
    var h = c.mul(r.add(t).tanh()).tanh();
    return new Step<>(h, new LstmState(h, c));
  }
}
