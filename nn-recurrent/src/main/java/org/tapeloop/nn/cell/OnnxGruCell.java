package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Step;

/**
 * ONNX's operator {@code GRU}, in both its forms.
 *
 * <pre>
 * z = f(clip(Wz x + Rz H + Wbz + Rbz))
 * r = f(clip(Wr x + Rr H + Wbr + Rbr))
 * n = g(clip(Wh x + Wbh + Rh (r * H) + Rbh))      with the reset before the product, or
 * n = g(clip(Wh x + Wbh + r * (Rh H + Rbh)))      after it
 * H' = (1 - z) * n + z * H
 * </pre>
 *
 * <p>Shapes: x [B, I], H [B, H]; parameters {@code W} [3H, I], {@code R} [3H, H], {@code B} [6H],
 * in blocks z, r, h.
 *
 * <p>Source: the ONNX operator's definition, opset 14.
 */
public final class OnnxGruCell extends OnnxCell<Tensor> {
  private final boolean linearBeforeReset;

  /**
   * A cell with random weights.
   *
   * @param linearBeforeReset whether the reset acts after the product
   */
  public OnnxGruCell(
      int inputSize,
      int hiddenSize,
      boolean linearBeforeReset,
      OnnxOptions options,
      Generator generator) {
    super(3, 2, inputSize, hiddenSize, options, generator);
    this.linearBeforeReset = linearBeforeReset;
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = input(x).chunk(3);
    var u = recurrent(h, 0, linearBeforeReset ? 3 : 2).chunk(linearBeforeReset ? 3 : 2);
    var z = options.activate(0, a.get(0).add(u.get(0)));
    var r = options.activate(0, a.get(1).add(u.get(1)));
    var inner = linearBeforeReset ? r.mul(u.get(2)) : recurrent(r.mul(h), 2, 1);
    var n = options.activate(1, a.get(2).add(inner));
    var next = mix(z, h, n);
    return new Step<>(next, next);
  }
}
