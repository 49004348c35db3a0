package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Step;

/**
 * ONNX's operator {@code RNN}: {@code H' = f(clip(W x + R H + Wb + Rb))}.
 *
 * <p>Shapes: x [B, I], H [B, H]; parameters {@code W} [H, I], {@code R} [H, H], {@code B} [2H].
 *
 * <p>Source: the ONNX operator's definition, opset 14.
 */
public final class OnnxRnnCell extends OnnxCell<Tensor> {

  /** A cell with random weights. */
  public OnnxRnnCell(int inputSize, int hiddenSize, OnnxOptions options, Generator generator) {
    super(1, 1, inputSize, hiddenSize, options, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var next = options.activate(0, input(x).add(recurrent(h, 0, 1)));
    return new Step<>(next, next);
  }
}
