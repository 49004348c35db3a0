package org.tapeloop.benchmarks;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Step;

/**
 * Minimal gated unit (Zhou et al. 2016): {@code f = sigmoid(x W_f + h U_f + b_f)}, {@code u =
 * tanh(x W_u + (f * h) U_u + b_u)}, {@code h' = h + f * (u - h)}.
 */
final class MinimalGatedUnit extends Layer implements RecurrentCell<Tensor> {
  private final int hidden;
  private final Parameter wf;
  private final Parameter wu;
  private final Parameter uf;
  private final Parameter uu;
  private final Parameter bf;
  private final Parameter bu;

  MinimalGatedUnit(int inputs, int hidden, Generator generator) {
    this.hidden = hidden;
    Initializer uniform = Initializer.uniform(1 / Math.sqrt(hidden));
    wf = parameter("wf", uniform.create(Shape.of(inputs, hidden), generator));
    wu = parameter("wu", uniform.create(Shape.of(inputs, hidden), generator));
    uf = parameter("uf", uniform.create(Shape.of(hidden, hidden), generator));
    uu = parameter("uu", uniform.create(Shape.of(hidden, hidden), generator));
    bf = parameter("bf", uniform.create(Shape.of(hidden), generator));
    bu = parameter("bu", uniform.create(Shape.of(hidden), generator));
  }

  @Override
  public Tensor initialState(int batch) {
    return Tensor.zeros(uf.value().dtype(), Shape.of(batch, hidden));
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var f = x.matmul(wf.value()).add(h.matmul(uf.value())).add(bf.value()).sigmoid();
    var gated = f.mul(h).matmul(uu.value());
    var u = x.matmul(wu.value()).add(gated).add(bu.value()).tanh();
    var next = h.add(f.mul(u.sub(h)));
    return new Step<>(next, next);
  }
}
