package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Gated recurrent unit with layer normalisation of both products.
 *
 * <pre>
 * a = N(W x; gain_ih, shift_ih) + b,  u = N(U h; gain_hh, shift_hh), each in blocks r, z, n
 * r = sigmoid(a_r + u_r)
 * z = sigmoid(a_z + u_z)
 * n = tanh(a_n + r * u_n)
 * h' = (1 - z) * n + z * h
 * </pre>
 *
 * <p>N is {@link Tensor#layerNorm} over all 3H entries, with epsilon 1e-5. Shapes: x [B, I], h [B,
 * H]; parameters {@code weight_ih} [3H, I], {@code weight_hh} [3H, H], {@code bias} [3H], {@code
 * gain_ih}, {@code shift_ih}, {@code gain_hh}, {@code shift_hh} [3H]. Gains start at 1, shifts at
 * 0.
 *
 * <p>Source: Ba, Kiros and Hinton 2016, arXiv 1607.06450, which normalises the H entries of the
 * candidate by themselves.
 */
public final class LayerNormGruCell extends SizedCell<Tensor> {
  private static final double EPSILON = 1e-5;

  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(3);
  private final Parameter bias = bias(3);
  private final Parameter gainIh = filled("gain_ih", 1, 3 * hiddenSize);
  private final Parameter shiftIh = filled("shift_ih", 0, 3 * hiddenSize);
  private final Parameter gainHh = filled("gain_hh", 1, 3 * hiddenSize);
  private final Parameter shiftHh = filled("shift_hh", 0, 3 * hiddenSize);

  /** A cell with random weights. */
  public LayerNormGruCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = normal(times(x, weightIh), gainIh, shiftIh).add(bias.value()).chunk(3);
    var u = normal(times(h, weightHh), gainHh, shiftHh).chunk(3);
    var r = a.get(0).add(u.get(0)).sigmoid();
    var z = a.get(1).add(u.get(1)).sigmoid();
    var n = a.get(2).add(r.mul(u.get(2))).tanh();
    var next = mix(z, h, n);
    return new Step<>(next, next);
  }

  private static Tensor normal(Tensor z, Parameter gain, Parameter shift) {
    return z.layerNorm(1, gain.value(), shift.value(), EPSILON);
  }
}
