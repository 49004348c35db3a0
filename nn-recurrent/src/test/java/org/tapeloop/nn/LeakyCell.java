package org.tapeloop.nn;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** The worked example of {@code docs/adding-a-cell.md}. */
public final class LeakyCell extends Layer implements RecurrentCell<Tensor> {
  private final Linear input;
  private final Linear recurrent;
  private final Parameter rate;

  public LeakyCell(int inputSize, int hiddenSize, Generator generator) {
    input = child("input", new Linear(inputSize, hiddenSize, generator));
    recurrent = child("recurrent", Linear.withoutBias(hiddenSize, hiddenSize, generator));
    rate = parameter("rate", Tensor.zeros(hiddenSize));
  }

  @Override
  public Tensor initialState(int batch) {
    Tensor a = rate.value();
    return Tensor.zeros(a.dtype(), Shape.of(batch, a.size()));
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = rate.value().sigmoid();
    var n = input.forward(x).add(recurrent.forward(h)).tanh();
    var next = h.add(a.mul(n.sub(h)));
    return new Step<>(next, next);
  }
}
