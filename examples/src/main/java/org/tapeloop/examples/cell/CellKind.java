package org.tapeloop.examples.cell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.ProjectedLstmCell;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.cell.AntisymmetricCell;
import org.tapeloop.nn.cell.AtrCell;
import org.tapeloop.nn.cell.BrcCell;
import org.tapeloop.nn.cell.CfnCell;
import org.tapeloop.nn.cell.ClockworkCell;
import org.tapeloop.nn.cell.CoRnnCell;
import org.tapeloop.nn.cell.ConvLstmCell;
import org.tapeloop.nn.cell.CoupledLstmCell;
import org.tapeloop.nn.cell.DiagonalStateSpaceCell;
import org.tapeloop.nn.cell.FastGrnnCell;
import org.tapeloop.nn.cell.FastRnnCell;
import org.tapeloop.nn.cell.IndRnnCell;
import org.tapeloop.nn.cell.JanetCell;
import org.tapeloop.nn.cell.JordanCell;
import org.tapeloop.nn.cell.LayerNormGruCell;
import org.tapeloop.nn.cell.LayerNormLstmCell;
import org.tapeloop.nn.cell.LemCell;
import org.tapeloop.nn.cell.LiGruCell;
import org.tapeloop.nn.cell.LinearSruCell;
import org.tapeloop.nn.cell.LmuCell;
import org.tapeloop.nn.cell.LruCell;
import org.tapeloop.nn.cell.MatrixLstmCell;
import org.tapeloop.nn.cell.MguCell;
import org.tapeloop.nn.cell.MinGruCell;
import org.tapeloop.nn.cell.MinLstmCell;
import org.tapeloop.nn.cell.MinimalRnnCell;
import org.tapeloop.nn.cell.MultiplicativeLstmCell;
import org.tapeloop.nn.cell.Mut1Cell;
import org.tapeloop.nn.cell.Mut2Cell;
import org.tapeloop.nn.cell.Mut3Cell;
import org.tapeloop.nn.cell.NasCell;
import org.tapeloop.nn.cell.NeuromodulatedBrcCell;
import org.tapeloop.nn.cell.OnnxGruCell;
import org.tapeloop.nn.cell.OnnxLstmCell;
import org.tapeloop.nn.cell.OnnxOptions;
import org.tapeloop.nn.cell.OnnxRnnCell;
import org.tapeloop.nn.cell.PeepholeLstmCell;
import org.tapeloop.nn.cell.QrnnCell;
import org.tapeloop.nn.cell.RanCell;
import org.tapeloop.nn.cell.RealLruCell;
import org.tapeloop.nn.cell.ResetBeforeGruCell;
import org.tapeloop.nn.cell.RhnCell;
import org.tapeloop.nn.cell.RwkvTimeMixCell;
import org.tapeloop.nn.cell.ScalarLstmCell;
import org.tapeloop.nn.cell.ScrnCell;
import org.tapeloop.nn.cell.SruCell;
import org.tapeloop.nn.cell.StarCell;
import org.tapeloop.nn.cell.UgrnnCell;
import org.tapeloop.nn.cell.UnicornnCell;
import org.tapeloop.nn.cell.WorkingMemoryLstmCell;

/**
 * A cell that can be chosen by name, in sizes that follow from the numbers of inputs and units.
 *
 * @param <S> the state
 */
public final class CellKind<S> {
  private static final double FORGET_BIAS = 1;
  private static final int CONVOLUTION_WIDTH = 3;

  /** The cost of a matrix memory grows with its square. */
  private static final int MATRIX_HEAD = 32;

  private static final Map<String, CellKind<?>> KINDS = new LinkedHashMap<>();

  private final String name;
  private final Maker<S> maker;

  /**
   * Makes a cell.
   *
   * @param <S> the state
   */
  @FunctionalInterface
  public interface Maker<S> {
    /** A cell of so many inputs and hidden units. */
    RecurrentCell<S> make(int inputSize, int hiddenSize, Generator generator);
  }

  /** A kind of cell; those of the library are found by {@link #named}. */
  public CellKind(String name, Maker<S> maker) {
    this.name = name;
    this.maker = maker;
  }

  static {
    add("lstm", (in, hidden, g) -> new LstmCell(in, hidden, g).forgetBias(FORGET_BIAS));
    add("gru", GruCell::new);
    add("elman", ElmanCell::new);
    add("jordan", JordanCell::new);

    add("projected-lstm", (in, hidden, g) -> new ProjectedLstmCell(in, 2 * hidden, hidden, g));
    add("peephole-lstm", PeepholeLstmCell::new);
    add("coupled-lstm", CoupledLstmCell::new);
    add("layer-norm-lstm", LayerNormLstmCell::new);
    add("janet", JanetCell::new);
    add("multiplicative-lstm", MultiplicativeLstmCell::new);
    add("working-memory-lstm", WorkingMemoryLstmCell::new);
    add("nas", NasCell::new);
    add("conv-lstm", CellKind::convolutional);
    add("scalar-lstm", ScalarLstmCell::new);
    add("matrix-lstm", CellKind::matrixHeads);

    add("reset-before-gru", ResetBeforeGruCell::new);
    add("layer-norm-gru", LayerNormGruCell::new);
    add("li-gru", LiGruCell::new);
    add("mgu", MguCell::new);
    add("mut1", Mut1Cell::new);
    add("mut2", Mut2Cell::new);
    add("mut3", Mut3Cell::new);
    add("ugrnn", UgrnnCell::new);
    add("cfn", CfnCell::new);
    add("ran", RanCell::new);
    add("brc", BrcCell::new);
    add("neuromodulated-brc", NeuromodulatedBrcCell::new);

    add("minimal-rnn", MinimalRnnCell::new);
    add("min-gru", MinGruCell::new);
    add("min-lstm", MinLstmCell::new);
    add("ind-rnn", IndRnnCell::new);
    add("sru", SruCell::new);
    add("linear-sru", LinearSruCell::new);
    add("qrnn", QrnnCell::new);
    add("fast-rnn", FastRnnCell::new);
    add("fast-grnn", FastGrnnCell::new);
    add("star", StarCell::new);
    add("scrn", ScrnCell::new);
    add("atr", AtrCell::new);
    add("rhn", RhnCell::new);
    add("clockwork", ClockworkCell::new);

    add("antisymmetric", AntisymmetricCell::new);
    add("co-rnn", CoRnnCell::new);
    add("unicornn", UnicornnCell::new);
    add("lem", LemCell::new);

    add("lmu", LmuCell::new);
    add("real-lru", RealLruCell::new);
    add("lru", LruCell::new);
    add("diagonal-state-space", DiagonalStateSpaceCell::new);
    add("rwkv-time-mix", RwkvTimeMixCell::new);

    add("onnx-rnn", (in, hidden, g) -> new OnnxRnnCell(in, hidden, onnx(1), g));
    add("onnx-gru", (in, hidden, g) -> new OnnxGruCell(in, hidden, true, onnx(2), g));
    add("onnx-lstm", (in, hidden, g) -> new OnnxLstmCell(in, hidden, true, false, onnx(3), g));
  }

  private static <S> void add(String name, Maker<S> maker) {
    KINDS.put(name, new CellKind<>(name, maker));
  }

  /** The activations that ONNX's operators have by default: for gates, then for candidates. */
  private static OnnxOptions onnx(int activations) {
    return OnnxOptions.of(
        switch (activations) {
          case 1 -> List.of(Tensor::tanh);
          case 2 -> List.of(Tensor::sigmoid, Tensor::tanh);
          default -> List.of(Tensor::sigmoid, Tensor::tanh, Tensor::tanh);
        });
  }

  /** As many places as divide both sizes, 16 at most. */
  private static ConvLstmCell convolutional(int inputSize, int hiddenSize, Generator g) {
    int length = 1;
    for (int places = 2; places <= 16; places++) {
      if (inputSize % places == 0 && hiddenSize % places == 0) {
        length = places;
      }
    }
    return new ConvLstmCell(inputSize / length, hiddenSize / length, length, CONVOLUTION_WIDTH, g);
  }

  private static Heads<MatrixLstmCell.State> matrixHeads(
      int inputSize, int hiddenSize, Generator g) {
    int size = Math.min(MATRIX_HEAD, hiddenSize);
    while (hiddenSize % size != 0) {
      size--;
    }
    return new Heads<>(hiddenSize / size, inputSize, size, MatrixLstmCell::new, g);
  }

  /**
   * The cell of a name.
   *
   * @throws IllegalArgumentException listing the names there are
   */
  public static CellKind<?> named(String name) {
    CellKind<?> kind = KINDS.get(name.toLowerCase(Locale.ROOT));
    if (kind == null) {
      throw new IllegalArgumentException(
          "the cell '%s' is unknown; there are: %s".formatted(name, String.join(", ", names())));
    }
    return kind;
  }

  /** All names, the common ones first. */
  public static List<String> names() {
    return List.copyOf(KINDS.keySet());
  }

  /** Makes a cell. */
  public RecurrentCell<S> make(int inputSize, int hiddenSize, Generator generator) {
    return maker.make(inputSize, hiddenSize, generator);
  }

  /** How many features the output of a cell has, which need not be the number of its units. */
  public static <S> int outputSize(RecurrentCell<S> cell, int inputSize) {
    return Autograd.noGrad(
        () -> {
          Tensor x = Tensor.zeros(DType.F32, Shape.of(1, inputSize));
          return cell.step(x, cell.initialState(1)).output().extent(1);
        });
  }

  @Override
  public String toString() {
    return name;
  }
}
