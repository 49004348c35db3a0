package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.ElmanCell.Activation;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;
import org.tapeloop.nn.cell.Candidate;
import org.tapeloop.nn.cell.IndRnnCell;
import org.tapeloop.nn.cell.JanetCell;
import org.tapeloop.nn.cell.LayerNormLstmCell;
import org.tapeloop.nn.cell.LiGruCell;
import org.tapeloop.nn.cell.LruCell;
import org.tapeloop.nn.cell.MguCell;
import org.tapeloop.nn.cell.MinGruCell;
import org.tapeloop.nn.cell.MinLstmCell;
import org.tapeloop.nn.cell.PeepholeLstmCell;
import org.tapeloop.nn.cell.RealLruCell;
import org.tapeloop.nn.cell.RhnCell;
import org.tapeloop.nn.cell.ScalarLstmCell;
import org.tapeloop.nn.cell.ScalarLstmCell.ForgetGate;
import org.tapeloop.nn.cell.SruCell;
import org.tapeloop.nn.cell.UgrnnCell;
import org.tapeloop.nn.conformance.DifferentiableFamily.Computation;

/** One step of PyTorch's cells, and cells of the literature over sequences. */
final class CellsFamily {
  private static final int CARRIED = 72;

  private CellsFamily() {}

  static Family create() {
    Map<String, Computation> kinds = new LinkedHashMap<>();
    kinds.put("rnn_tanh_cell", oneStep((a, i, h, g) -> elman(a, i, h, Activation.TANH)));
    kinds.put("rnn_relu_cell", oneStep((a, i, h, g) -> elman(a, i, h, Activation.RELU)));
    kinds.put(
        "lstm_cell",
        oneStep(
            (a, i, h, g) ->
                a.flag("bias") ? new LstmCell(i, h, g) : LstmCell.withoutBias(i, h, g)));
    kinds.put(
        "gru_cell",
        oneStep(
            (a, i, h, g) -> a.flag("bias") ? new GruCell(i, h, g) : GruCell.withoutBias(i, h, g)));
    kinds.put("ln_lstm", scanned((a, i, h, g) -> new LayerNormLstmCell(i, h, g)));
    kinds.put("peephole_lstm", scanned((a, i, h, g) -> new PeepholeLstmCell(i, h, g)));
    kinds.put("mgu", scanned((a, i, h, g) -> new MguCell(i, h, g)));
    kinds.put("mingru", scanned((a, i, h, g) -> new MinGruCell(i, h, candidate(a), g)));
    kinds.put("minlstm", scanned((a, i, h, g) -> new MinLstmCell(i, h, candidate(a), g)));
    kinds.put("indrnn", scanned((a, i, h, g) -> new IndRnnCell(i, h, activation(a), g)));
    kinds.put(
        "sru",
        scanned(
            (a, i, h, g) -> new SruCell(i, h, a.flag("projection"), a.real("highway_scale"), g)));
    kinds.put(
        "rhn",
        scanned((a, i, h, g) -> new RhnCell(i, h, a.integer("depth"), a.flag("coupled"), g)));
    kinds.put("ugrnn", scanned((a, i, h, g) -> new UgrnnCell(i, h, g)));
    kinds.put("ligru", scanned((a, i, h, g) -> new LiGruCell(i, h, g)));
    kinds.put("janet", scanned((a, i, h, g) -> new JanetCell(i, h, a.real("beta"), g)));
    kinds.put("slstm", scanned((a, i, h, g) -> new ScalarLstmCell(i, h, forget(a), g)));
    kinds.put("lru_real", scanned((a, i, h, g) -> new RealLruCell(i, h, g)));
    kinds.put("lru_complex", scanned((a, i, h, g) -> new LruCell(i, h, g)));
    return new DifferentiableFamily("cells", CARRIED, kinds);
  }

  /** Makes a cell; what it draws for its weights is replaced by the case's. */
  @FunctionalInterface
  private interface CellMaker<C> {
    C create(ConformanceCase attributes, int inputSize, int hiddenSize, Generator generator);
  }

  private static ElmanCell elman(ConformanceCase a, int i, int h, Activation phi) {
    Generator anything = new Generator(0);
    return a.flag("bias")
        ? new ElmanCell(i, h, phi, anything)
        : ElmanCell.withoutBias(i, h, phi, anything);
  }

  private static Candidate candidate(ConformanceCase a) {
    return choice(
        a, "candidate", Map.of("linear", Candidate.LINEAR, "positive", Candidate.POSITIVE));
  }

  private static Activation activation(ConformanceCase a) {
    return choice(a, "nonlinearity", Map.of("tanh", Activation.TANH, "relu", Activation.RELU));
  }

  private static ForgetGate forget(ConformanceCase a) {
    return choice(
        a, "forget", Map.of("sigmoid", ForgetGate.SIGMOID, "exp", ForgetGate.EXPONENTIAL));
  }

  private static <T> T choice(ConformanceCase a, String key, Map<String, T> choices) {
    T chosen = choices.get(a.text(key));
    if (chosen == null) {
      throw new MalformedCaseException(key + " is none of " + choices.keySet());
    }
    return chosen;
  }

  private static <S, C extends Layer & RecurrentCell<S>> C prepared(
      Given given, CellMaker<C> maker) {
    ConformanceCase a = given.attributes();
    C cell = maker.create(a, a.integer("input_size"), a.integer("hidden_size"), new Generator(0));
    given.into(cell);
    return cell;
  }

  /** The state that the case starts from: its tensors in the order of the outputs' names. */
  private static <S> S initial(Given given, RecurrentCell<S> cell, int batch, String suffix) {
    S zeros = cell.initialState(batch);
    if (!given.attributes().flag("initial_state")) {
      return zeros;
    }
    return TensorTree.rebuild(
        zeros,
        given.attributes().texts("outputs").stream()
            .filter(output -> output.endsWith(suffix))
            .map(output -> output.substring(0, output.length() - suffix.length()))
            .map(state -> given.tensor(state + "0"))
            .toList());
  }

  private static <S, C extends Layer & RecurrentCell<S>> Computation oneStep(CellMaker<C> maker) {
    return given -> {
      C cell = prepared(given, maker);
      Tensor x = given.tensor("x");
      Step<S> step = cell.step(x, initial(given, cell, x.extent(0), "1"));
      return TensorTree.flatten(step.state());
    };
  }

  private static <S, C extends Layer & RecurrentCell<S>> Computation scanned(CellMaker<C> maker) {
    return given -> {
      C cell = prepared(given, maker);
      Tensor x = given.tensor("x");
      SequenceOutput<S> result =
          Recurrent.forward(cell).forward(x, initial(given, cell, x.extent(1), "_n"));
      List<Tensor> outputs = new ArrayList<>(List.of(result.output()));
      outputs.addAll(TensorTree.flatten(result.state()));
      return outputs;
    };
  }
}
