package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Time mixing of RWKV: an attention over all past inputs whose weights decay with distance, carried
 * as a quotient of two sums.
 *
 * <pre>
 * k = W_k mix(mix_k, x, p),  v = W_v mix(mix_v, x, p),  r = sigmoid(W_r mix(mix_r, x, p))
 * q = max(m, bonus + k):  w = (exp(m - q) a + exp(bonus + k - q) v) / (exp(m - q) b + exp(bonus + k - q))
 * m' = max(m - exp(decay), k):  a' = exp(m - exp(decay) - m') a + exp(k - m') v,  b' likewise with 1 for v
 * y = W_o (r * w)
 * </pre>
 *
 * <p>p is the input before x, {@code mix(g, x, p) = g * x + (1 - g) * p}, products by element; m is
 * the logarithm by which a and b are scaled down. Shapes: x, p and y [B, I], a, b and m [B, H];
 * parameters {@code weight_k}, {@code weight_v}, {@code weight_r} [H, I], {@code weight_o} [I, H],
 * {@code decay}, {@code bonus} [H], {@code mix_k}, {@code mix_v}, {@code mix_r} [I].
 *
 * <p>Source: Peng et al. 2023, arXiv 2305.13048 (version 4).
 */
public final class RwkvTimeMixCell extends SizedCell<RwkvTimeMixCell.State> {
  /** The last input [B, I]; numerator, denominator and their scale, each [B, H]. */
  public record State(Tensor previous, Tensor a, Tensor b, Tensor m) {}

  private static final double NO_KEY = -1e30;

  private final Parameter weightK = weight("weight_k", hiddenSize, inputSize);
  private final Parameter weightV = weight("weight_v", hiddenSize, inputSize);
  private final Parameter weightR = weight("weight_r", hiddenSize, inputSize);
  private final Parameter weightO = weight("weight_o", inputSize, hiddenSize);
  private final Parameter decay = weight("decay", hiddenSize);
  private final Parameter bonus = weight("bonus", hiddenSize);
  private final Parameter mixK = filled("mix_k", 0.5, inputSize);
  private final Parameter mixV = filled("mix_v", 0.5, inputSize);
  private final Parameter mixR = filled("mix_r", 0.5, inputSize);

  /** A cell with random weights. */
  public RwkvTimeMixCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public RwkvTimeMixCell.State initialState(int batch) {
    return new State(zeros(batch, inputSize), zeros(batch), zeros(batch), zeros(batch).add(NO_KEY));
  }

  @Override
  public Step<RwkvTimeMixCell.State> step(Tensor x, RwkvTimeMixCell.State s) {
    var p = s.previous();
    var k = times(mix(mixK.value(), x, p), weightK);
    var v = times(mix(mixV.value(), x, p), weightV);
    var r = times(mix(mixR.value(), x, p), weightR).sigmoid();
    var now = k.add(bonus.value());
    var top = s.m().maximum(now);
    var past = s.m().sub(top).exp();
    var here = now.sub(top).exp();
    var w = past.mul(s.a()).add(here.mul(v)).div(past.mul(s.b()).add(here));
    var faded = s.m().sub(decay.value().exp());
    var m = faded.maximum(k);
    var keep = faded.sub(m).exp();
    var enter = k.sub(m).exp();
    var next = new State(x, keep.mul(s.a()).add(enter.mul(v)), keep.mul(s.b()).add(enter), m);
    return new Step<>(times(r.mul(w), weightO), next);
  }
}
