package org.tapeloop.nn.cell;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * ONNX's operator {@code LSTM}, with its peepholes and its coupled gates.
 *
 * <pre>
 * i = f(clip(Wi x + Ri H + Wbi + Rbi + Pi * C))
 * F = f(clip(Wf x + Rf H + Wbf + Rbf + Pf * C))      or 1 - i where the gates are coupled
 * C' = F * C + i * g(clip(Wc x + Rc H + Wbc + Rbc))
 * o = f(clip(Wo x + Ro H + Wbo + Rbo + Po * C'))
 * H' = o * h(C')
 * </pre>
 *
 * <p>Shapes: x [B, I], H and C [B, H]; parameters {@code W} [4H, I], {@code R} [4H, H], {@code B}
 * [8H], in blocks i, o, f, c; {@code P} [3H] in the order i, o, f. With coupled gates the blocks f
 * are there and never read. The clip does not act on C'.
 *
 * <p>Source: the ONNX operator's definition, opset 14.
 */
public final class OnnxLstmCell extends OnnxCell<LstmState> {
  private final boolean coupled;
  private final @Nullable Parameter p;

  /**
   * A cell with random weights.
   *
   * @param peepholes whether gates see C
   * @param coupled ONNX's {@code input_forget}
   */
  public OnnxLstmCell(
      int inputSize,
      int hiddenSize,
      boolean peepholes,
      boolean coupled,
      OnnxOptions options,
      Generator generator) {
    super(4, 3, inputSize, hiddenSize, options, generator);
    this.coupled = coupled;
    p = peepholes ? weight("P", 3 * hiddenSize) : null;
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var z = input(x).add(recurrent(s.h(), 0, 4)).chunk(4);
    var i = options.activate(0, peeping(z.get(0), 0, s.c()));
    var f = coupled ? i.rsub(1) : options.activate(0, peeping(z.get(2), 2, s.c()));
    var c = f.mul(s.c()).add(i.mul(options.activate(1, z.get(3))));
    var o = options.activate(0, peeping(z.get(1), 1, c));
    var h = o.mul(options.activations().get(2).apply(c));
    return new Step<>(h, new LstmState(h, c));
  }

  private Tensor peeping(Tensor z, int gate, Tensor c) {
    List<Tensor> weights = p == null ? List.of() : p.value().chunk(3);
    return weights.isEmpty() ? z : z.add(weights.get(gate).mul(c));
  }
}
