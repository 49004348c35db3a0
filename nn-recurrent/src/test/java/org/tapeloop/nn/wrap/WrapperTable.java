package org.tapeloop.nn.wrap;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.attention.ConcatAttention;
import org.tapeloop.nn.attention.CoverageAttention;
import org.tapeloop.nn.attention.DecoderAttention;
import org.tapeloop.nn.attention.DotAttention;
import org.tapeloop.nn.attention.GeneralAttention;
import org.tapeloop.nn.attention.MultiHeadAttention;
import org.tapeloop.nn.cell.ConvLstmCell;
import org.tapeloop.nn.cell.MatrixLstmCell;
import org.tapeloop.nn.cell.NasCell;
import org.tapeloop.nn.seq2seq.AttentionCell;

/**
 * Every wrapper, around cells of different kinds. What holds for each is in {@link WrapperTest}.
 */
final class WrapperTable {
  static final int T = 4;
  static final int B = 2;
  static final int N = 3;

  private static final List<Row<?, ?>> ROWS = new ArrayList<>();

  /**
   * A wrapped cell of N inputs.
   *
   * @param around what a run of it stands in: a scope of the wrapper's own
   */
  record Row<S, C extends Layer & RecurrentCell<S>>(
      String name, Function<Generator, C> maker, Around around) {

    C create(Generator generator) {
      C cell = maker.apply(generator);
      cell.to(DType.F64);
      return cell;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Runs something on a cell in the scope that it needs. */
  interface Around {
    <R> R run(RecurrentCell<?> cell, Supplier<R> body);
  }

  private static final Around NOTHING =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return body.get();
        }
      };

  private static final Tensor MEMORY =
      Tensor.normal(new Generator(3).next(), DType.F64, Shape.of(5, B, 2), 0, 1).leaf();

  private static final Around OVER_MEMORY =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return ((AttentiveCell<?>) cell).over(MEMORY, Lengths.of(5, 2), body);
        }
      };

  private static final Around READING_MEMORY =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return ((AttentionCell<?>) cell).over(MEMORY, Lengths.of(5, 2), body);
        }
      };

  private static final Around WITH_RESETS =
      new Around() {
        @Override
        public <R> R run(RecurrentCell<?> cell, Supplier<R> body) {
          return ((ResettableCell<?>) cell).resetting(resets(), body);
        }
      };

  private static Tensor resets() {
    return Tensor.ofDoubles(Shape.of(T, B), 0, 0, 1, 0, 0, 0, 0, 1);
  }

  private static <S, C extends Layer & RecurrentCell<S>> void row(
      String name, Function<Generator, C> maker) {
    ROWS.add(new Row<>(name, maker, NOTHING));
  }

  private static <S, C extends Layer & RecurrentCell<S>> void row(
      String name, Function<Generator, C> maker, Around around) {
    ROWS.add(new Row<>(name, maker, around));
  }

  private static <A extends Layer & DecoderAttention> void reading(
      String name, Function<Generator, A> attention) {
    row(
        "reading by " + name,
        g ->
            new AttentionCell<>(
                new LstmCell(N + 2, 2, g),
                2,
                attention.apply(g),
                2,
                AttentionCell.Feeding.INPUT,
                g),
        READING_MEMORY);
  }

  static {
    List<String> recurrent = List.of("weight_hh");
    row("residual gru", g -> new ResidualCell<>(new GruCell(N, N, g)));
    row("highway lstm", g -> new HighwayCell<>(new LstmCell(N, N, g), N, g));
    row("zoneout lstm", g -> new ZoneoutCell<>(new LstmCell(N, N, g), new double[] {0.2, 0.5}, g));
    row("zoneout elman", g -> new ZoneoutCell<>(new ElmanCell(N, N, g), new double[] {0.4}, g));
    row(
        "zoneout mlstm",
        g -> new ZoneoutCell<>(new MatrixLstmCell(N, 2, g), new double[] {0.4}, g));
    row("variational", g -> new VariationalDropoutCell<>(new LstmCell(N, N, g), 0.3, 0.4, g));
    row("recurrent dropout", g -> new RecurrentDropoutCell<>(new LstmCell(N, N, g), 0.3, g));
    row(
        "weight drop",
        g -> new WeightDropCell<LstmState>(new LstmCell(N, N, g), recurrent, 0.5, g));
    row("weight norm", g -> new WeightNormCell<Tensor>(new GruCell(N, N, g), recurrent));
    row("output norm", g -> new OutputNormCell<>(new LstmCell(N, N, g), N));
    row("clipped", g -> new ClippedStateCell<>(new LstmCell(N, N, g), 0.2));
    row("clipped gates", g -> new ClippedGatesCell<>(new LstmCell(N, N, g), 0.4));
    row("clipped gates nas", g -> new ClippedGatesCell<>(new NasCell(N, N, g), 0.3));
    row("learned start", g -> new LearnedInitialStateCell<>(new LstmCell(N, N, g)));
    row("resettable", g -> new ResettableCell<>(new LstmCell(N, N, g)), WITH_RESETS);
    row("attentive", g -> new AttentiveCell<>(new LstmCell(N + 2, N, g), N, 2, 4, g), OVER_MEMORY);
    reading("dot", g -> new DotAttention());
    reading("scaled dot", g -> DotAttention.scaled());
    reading("general", g -> new GeneralAttention(2, 2, g));
    reading("concat", g -> new ConcatAttention(2, 2, 3, g));
    reading("additive", g -> new AdditiveAttention(2, 2, 3, g));
    reading("coverage", g -> new CoverageAttention(2, 2, 3, g));
    reading("multi-head", g -> new MultiHeadAttention(2, 2, g));
    row(
        "reading without feeding",
        g ->
            new AttentionCell<>(
                new LstmCell(N, 2, g), 2, new DotAttention(), 2, AttentionCell.Feeding.NONE, g),
        READING_MEMORY);
    row("stacked", g -> new StackedCell<>(List.of(new LstmCell(N, 2, g), new LstmCell(2, N, g))));
    row(
        "fast-slow",
        g ->
            new FastSlowCell<>(
                List.of(new LstmCell(N, N, g), new LstmCell(4, N, g), new LstmCell(4, N, g)),
                new GruCell(N, 4, g)));
    row(
        "hierarchical",
        g -> new HierarchicalCell<>(new LstmCell(N + 4, N, g), new GruCell(N, 4, g), 4, 2));
    row(
        "everything at once",
        g ->
            new ResidualCell<>(
                new ZoneoutCell<>(
                    new VariationalDropoutCell<>(
                        new LearnedInitialStateCell<>(
                            new WeightDropCell<LstmState>(
                                new ConvLstmCell(1, 1, N, 3, g), recurrent, 0.3, g)),
                        0.2,
                        0.2,
                        g),
                    new double[] {0.1},
                    g)));
  }

  private WrapperTable() {}

  static List<Row<?, ?>> rows() {
    return ROWS;
  }
}
