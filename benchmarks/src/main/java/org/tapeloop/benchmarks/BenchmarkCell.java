package org.tapeloop.benchmarks;

import java.util.Locale;
import java.util.function.Function;
import org.tapeloop.autograd.Generator;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.RecurrentCell;

/** The cells whose training is measured. */
public enum BenchmarkCell {
  /** One product, one tanh. */
  ELMAN(1, size -> new ElmanCell(size.inputs(), size.hidden(), generator())),
  /** Reset gate after the recurrent product. */
  GRU(3, size -> new GruCell(size.inputs(), size.hidden(), generator())),
  /** The library's. */
  LSTM(4, size -> new LstmCell(size.inputs(), size.hidden(), generator())),
  /** Row reductions in every step. */
  LNLSTM(4, size -> new NormalisedLstm(size.inputs(), size.hidden(), generator())),
  /** Two products one after the other in every step. */
  MGU(2, size -> new MinimalGatedUnit(size.inputs(), size.hidden(), generator())),
  /** The equations of {@link #LSTM} as a user would write them. */
  USER(4, size -> new HandWrittenLstm(size.inputs(), size.hidden(), generator()));

  private final int gates;
  private final Function<LayerSize, RecurrentCell<?>> constructor;

  BenchmarkCell(int gates, Function<LayerSize, RecurrentCell<?>> constructor) {
    this.gates = gates;
    this.constructor = constructor;
  }

  private static Generator generator() {
    return new Generator(20260101);
  }

  /**
   * The cell of that name, in lower case.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static BenchmarkCell named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** A new cell, with weights that are the same in every run. */
  public RecurrentCell<?> create(LayerSize size) {
    return constructor.apply(size);
  }

  /** Operations of the products of one training step: {@code 6 T B G H (I + H)}. */
  public double flops(LayerSize size) {
    double forward =
        2.0 * size.time() * size.batch() * gates * size.hidden() * (size.inputs() + size.hidden());
    return 3 * forward;
  }
}
