package org.tapeloop.benchmarks;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.LayerNorm;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Step;

/**
 * LSTM with layer normalisation (Ba, Kiros and Hinton 2016) of {@code x W}, of {@code h U}, and of
 * the new c before its tanh.
 */
final class NormalisedLstm extends Layer implements RecurrentCell<LstmState> {
  private final int hidden;
  private final Parameter w;
  private final Parameter u;
  private final Parameter b;
  private final LayerNorm ofInput;
  private final LayerNorm ofState;
  private final LayerNorm ofCell;

  NormalisedLstm(int inputs, int hidden, Generator generator) {
    this.hidden = hidden;
    Initializer uniform = Initializer.uniform(1 / Math.sqrt(hidden));
    w = parameter("w", uniform.create(Shape.of(inputs, 4 * hidden), generator));
    u = parameter("u", uniform.create(Shape.of(hidden, 4 * hidden), generator));
    b = parameter("b", uniform.create(Shape.of(4 * hidden), generator));
    ofInput = child("input_norm", new LayerNorm(4 * hidden));
    ofState = child("state_norm", new LayerNorm(4 * hidden));
    ofCell = child("cell_norm", new LayerNorm(hidden));
  }

  @Override
  public LstmState initialState(int batch) {
    Tensor zeros = Tensor.zeros(u.value().dtype(), Shape.of(batch, hidden));
    return new LstmState(zeros, zeros);
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    Tensor fromInput = ofInput.forward(x.matmul(w.value()));
    Tensor fromState = ofState.forward(s.h().matmul(u.value()));
    var z = fromInput.add(fromState).add(b.value()).chunk(4);
    var c = z.get(1).sigmoid().mul(s.c()).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
    var h = z.get(3).sigmoid().mul(ofCell.forward(c).tanh());
    return new Step<>(h, new LstmState(h, c));
  }
}
