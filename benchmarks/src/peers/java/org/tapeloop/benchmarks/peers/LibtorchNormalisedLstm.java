package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.tapeloop.benchmarks.LayerSize;
import org.tapeloop.nn.LayerNorm;

/**
 * The LSTM whose {@code x W}, {@code h U} and c are normalised: parameters w [I, 4H], u [H, 4H], b
 * [4H], gates i f g o, then weight and bias of the three normalisations in that order.
 */
final class LibtorchNormalisedLstm extends LibtorchCell {

  LibtorchNormalisedLstm(LayerSize size, List<Tensor> values) {
    super(size, values);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor normalised = normalise(rows(x).mm(parameter(0)), 4L * hidden(), 3);
    TensorVector fromInput = steps(normalised.add(parameter(2)));
    TensorVector outputs = new TensorVector();
    Tensor h = zeroState();
    Tensor c = zeroState();
    for (int t = 0; t < time(); t++) {
      Tensor fromState = normalise(h.mm(parameter(1)), 4L * hidden(), 5);
      TensorVector z = fromInput.get(t).add(fromState).chunk(4, 1);
      c = z.get(1).sigmoid().mul(c).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
      h = z.get(3).sigmoid().mul(normalise(c, hidden(), 7).tanh());
      outputs.push_back(h);
    }
    return torch.stack(outputs);
  }

  private Tensor normalise(Tensor z, long features, int weight) {
    return torch.layer_norm(
        z,
        new long[] {features},
        new TensorOptional(parameter(weight)),
        new TensorOptional(parameter(weight + 1)),
        LayerNorm.DEFAULT_EPSILON,
        false);
  }
}
