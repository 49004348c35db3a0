package org.tapeloop.benchmarks;

import java.util.Arrays;
import org.tapeloop.autograd.Generator;
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
import org.tapeloop.nn.cell.OnnxActivation;
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

/** Every cell of the library, in the order of {@code docs/cells.md}. */
public enum LibraryCell {
  /** {@link ElmanCell}. */
  ELMAN(ElmanCell::new),
  /** {@link JordanCell}. */
  JORDAN(JordanCell::new),
  /** {@link LstmCell}. */
  LSTM(LstmCell::new),
  /** {@link ProjectedLstmCell}. */
  PROJECTED_LSTM((i, h, g) -> new ProjectedLstmCell(i, h, h, g)),
  /** {@link PeepholeLstmCell}. */
  PEEPHOLE_LSTM(PeepholeLstmCell::new),
  /** {@link CoupledLstmCell}. */
  COUPLED_LSTM(CoupledLstmCell::new),
  /** {@link LayerNormLstmCell}. */
  LAYER_NORM_LSTM(LayerNormLstmCell::new),
  /** {@link JanetCell}. */
  JANET(JanetCell::new),
  /** {@link MultiplicativeLstmCell}. */
  MULTIPLICATIVE_LSTM(MultiplicativeLstmCell::new),
  /** {@link WorkingMemoryLstmCell}. */
  WORKING_MEMORY_LSTM(WorkingMemoryLstmCell::new),
  /** {@link NasCell}. */
  NAS(NasCell::new),
  /** {@link ConvLstmCell}. */
  CONV_LSTM(LibraryCell::convolutional),
  /** {@link ScalarLstmCell}. */
  SCALAR_LSTM(ScalarLstmCell::new),
  /** {@link MatrixLstmCell}. */
  MATRIX_LSTM(LibraryCell::matrix),
  /** {@link GruCell}. */
  GRU(GruCell::new),
  /** {@link ResetBeforeGruCell}. */
  RESET_BEFORE_GRU(ResetBeforeGruCell::new),
  /** {@link LayerNormGruCell}. */
  LAYER_NORM_GRU(LayerNormGruCell::new),
  /** {@link LiGruCell}. */
  LI_GRU(LiGruCell::new),
  /** {@link MguCell}. */
  MGU(MguCell::new),
  /** {@link Mut1Cell}. */
  MUT1(Mut1Cell::new),
  /** {@link Mut2Cell}. */
  MUT2(Mut2Cell::new),
  /** {@link Mut3Cell}. */
  MUT3(Mut3Cell::new),
  /** {@link UgrnnCell}. */
  UGRNN(UgrnnCell::new),
  /** {@link CfnCell}. */
  CFN(CfnCell::new),
  /** {@link RanCell}. */
  RAN(RanCell::new),
  /** {@link BrcCell}. */
  BRC(BrcCell::new),
  /** {@link NeuromodulatedBrcCell}. */
  NEUROMODULATED_BRC(NeuromodulatedBrcCell::new),
  /** {@link MinimalRnnCell}. */
  MINIMAL_RNN(MinimalRnnCell::new),
  /** {@link MinGruCell}. */
  MIN_GRU(MinGruCell::new),
  /** {@link MinLstmCell}. */
  MIN_LSTM(MinLstmCell::new),
  /** {@link IndRnnCell}. */
  IND_RNN(IndRnnCell::new),
  /** {@link SruCell}. */
  SRU(SruCell::new),
  /** {@link LinearSruCell}. */
  LINEAR_SRU(LinearSruCell::new),
  /** {@link QrnnCell}. */
  QRNN(QrnnCell::new),
  /** {@link FastRnnCell}. */
  FAST_RNN(FastRnnCell::new),
  /** {@link FastGrnnCell}. */
  FAST_GRNN(FastGrnnCell::new),
  /** {@link StarCell}. */
  STAR(StarCell::new),
  /** {@link ScrnCell}. */
  SCRN(ScrnCell::new),
  /** {@link AtrCell}. */
  ATR(AtrCell::new),
  /** {@link RhnCell}. */
  RHN(RhnCell::new),
  /** {@link ClockworkCell}. */
  CLOCKWORK(ClockworkCell::new),
  /** {@link AntisymmetricCell}. */
  ANTISYMMETRIC(AntisymmetricCell::new),
  /** {@link CoRnnCell}. */
  CO_RNN(CoRnnCell::new),
  /** {@link UnicornnCell}. */
  UNICORNN(UnicornnCell::new),
  /** {@link LemCell}. */
  LEM(LemCell::new),
  /** {@link LmuCell}. */
  LMU(LmuCell::new),
  /** {@link RealLruCell}. */
  REAL_LRU(RealLruCell::new),
  /** {@link LruCell}. */
  LRU(LruCell::new),
  /** {@link DiagonalStateSpaceCell}. */
  DIAGONAL_STATE_SPACE(DiagonalStateSpaceCell::new),
  /** {@link RwkvTimeMixCell}. */
  RWKV_TIME_MIX(RwkvTimeMixCell::new),
  /** {@link OnnxRnnCell}. */
  ONNX_RNN((i, h, g) -> new OnnxRnnCell(i, h, onnx("Tanh"), g)),
  /** {@link OnnxGruCell}. */
  ONNX_GRU((i, h, g) -> new OnnxGruCell(i, h, true, onnx("Sigmoid", "Tanh"), g)),
  /** {@link OnnxLstmCell}. */
  ONNX_LSTM((i, h, g) -> new OnnxLstmCell(i, h, true, false, onnx("Sigmoid", "Tanh", "Tanh"), g));

  /** Makes a cell of some numbers of inputs and hidden units. */
  @FunctionalInterface
  private interface Constructor {
    RecurrentCell<?> create(int inputs, int hidden, Generator generator);
  }

  private final Constructor constructor;

  LibraryCell(Constructor constructor) {
    this.constructor = constructor;
  }

  RecurrentCell<?> create(LayerSize size) {
    return constructor.create(size.inputs(), size.hidden(), new Generator(20260101));
  }

  /** The cell's class. */
  Class<?> type() {
    return create(new LayerSize(1, 1, 25, 25)).getClass();
  }

  /** Filters of three places; in the same number of places, as many channels as sizes give. */
  private static RecurrentCell<?> convolutional(int inputs, int hidden, Generator generator) {
    int places = 25;
    return new ConvLstmCell(inputs / places, hidden / places, places, 3, generator);
  }

  /** A head of at most 32 rows: its plan grows with them. */
  private static RecurrentCell<?> matrix(int inputs, int hidden, Generator generator) {
    return new MatrixLstmCell(inputs, Math.min(hidden, 32), generator);
  }

  private static OnnxOptions onnx(String... activations) {
    return OnnxOptions.of(
        Arrays.stream(activations).map(name -> OnnxActivation.named(name).with(0, 0)).toList());
  }
}
