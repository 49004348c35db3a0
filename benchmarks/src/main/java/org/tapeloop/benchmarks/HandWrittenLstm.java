package org.tapeloop.benchmarks;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Step;

/** The LSTM in a user's own words: the library knows nothing of it. */
final class HandWrittenLstm extends Layer implements RecurrentCell<LstmState> {
  private final int hidden;
  private final Parameter w;
  private final Parameter u;
  private final Parameter b;

  HandWrittenLstm(int inputs, int hidden, Generator generator) {
    this.hidden = hidden;
    Initializer uniform = Initializer.uniform(1 / Math.sqrt(hidden));
    w = parameter("w", uniform.create(Shape.of(inputs, 4 * hidden), generator));
    u = parameter("u", uniform.create(Shape.of(hidden, 4 * hidden), generator));
    b = parameter("b", uniform.create(Shape.of(4 * hidden), generator));
  }

  @Override
  public LstmState initialState(int batch) {
    Tensor zeros = Tensor.zeros(u.value().dtype(), Shape.of(batch, hidden));
    return new LstmState(zeros, zeros);
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var z = x.matmul(w.value()).add(s.h().matmul(u.value())).add(b.value()).chunk(4);
    var c = z.get(1).sigmoid().mul(s.c()).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
    var h = z.get(3).sigmoid().mul(c.tanh());
    return new Step<>(h, new LstmState(h, c));
  }
}
