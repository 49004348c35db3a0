package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.tapeloop.benchmarks.LayerSize;

/** An LSTM from operations: parameters w [I, 4H], u [H, 4H] and b [4H], gates i f g o. */
final class LibtorchHandWrittenLstm extends LibtorchCell {

  LibtorchHandWrittenLstm(LayerSize size, List<Tensor> values) {
    super(size, values);
  }

  @Override
  public Tensor forward(Tensor x) {
    TensorVector fromInput = steps(torch.addmm(parameter(2), rows(x), parameter(0)));
    TensorVector outputs = new TensorVector();
    Tensor h = zeroState();
    Tensor c = zeroState();
    for (int t = 0; t < time(); t++) {
      TensorVector z = torch.addmm(fromInput.get(t), h, parameter(1)).chunk(4, 1);
      c = z.get(1).sigmoid().mul(c).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
      h = z.get(3).sigmoid().mul(c.tanh());
      outputs.push_back(h);
    }
    return torch.stack(outputs);
  }
}
