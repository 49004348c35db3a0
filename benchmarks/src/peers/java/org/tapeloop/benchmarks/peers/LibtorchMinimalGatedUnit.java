package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.tapeloop.benchmarks.LayerSize;

/** The minimal gated unit: parameters wf and wu [I, H], uf and uu [H, H], bf and bu [H]. */
final class LibtorchMinimalGatedUnit extends LibtorchCell {

  LibtorchMinimalGatedUnit(LayerSize size, List<Tensor> values) {
    super(size, values);
  }

  @Override
  public Tensor forward(Tensor x) {
    TensorVector gate = steps(torch.addmm(parameter(4), rows(x), parameter(0)));
    TensorVector candidate = steps(torch.addmm(parameter(5), rows(x), parameter(1)));
    TensorVector outputs = new TensorVector();
    Tensor h = zeroState();
    for (int t = 0; t < time(); t++) {
      Tensor f = torch.addmm(gate.get(t), h, parameter(2)).sigmoid();
      Tensor u = torch.addmm(candidate.get(t), f.mul(h), parameter(3)).tanh();
      h = h.lerp(u, f);
      outputs.push_back(h);
    }
    return torch.stack(outputs);
  }
}
