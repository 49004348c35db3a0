package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.cell.OnnxActivation;
import org.tapeloop.nn.cell.OnnxGruCell;
import org.tapeloop.nn.cell.OnnxLstmCell;
import org.tapeloop.nn.cell.OnnxOptions;
import org.tapeloop.nn.cell.OnnxRnnCell;
import org.tapeloop.nn.conformance.DifferentiableFamily.Computation;

/** The operators {@code RNN}, {@code GRU} and {@code LSTM} of ONNX. */
final class OnnxFamily {
  private static final int CARRIED = 44;

  private OnnxFamily() {}

  static Family create() {
    return new DifferentiableFamily(
        "onnx",
        CARRIED,
        Map.of(
            "RNN",
            operator(1, (a, i, h, options) -> new OnnxRnnCell(i, h, options, new Generator(0))),
            "GRU",
            operator(2, OnnxFamily::gru),
            "LSTM",
            operator(3, OnnxFamily::lstm)));
  }

  /** Makes a cell for one direction; what it draws for its weights is replaced by the case's. */
  @FunctionalInterface
  private interface CellMaker<C> {
    C create(ConformanceCase attributes, int inputSize, int hiddenSize, OnnxOptions options);
  }

  private static OnnxGruCell gru(ConformanceCase a, int i, int h, OnnxOptions options) {
    boolean after = a.integer("linear_before_reset") == 1;
    return new OnnxGruCell(i, h, after, options, new Generator(0));
  }

  private static OnnxLstmCell lstm(ConformanceCase a, int i, int h, OnnxOptions options) {
    boolean coupled = a.integer("input_forget") == 1;
    return new OnnxLstmCell(i, h, a.flag("peepholes"), coupled, options, new Generator(0));
  }

  private static OnnxOptions options(ConformanceCase a, int direction, int activations) {
    List<String> names = a.texts("activations");
    List<String> alphas = a.texts("activation_alpha");
    List<String> betas = a.texts("activation_beta");
    List<UnaryOperator<Tensor>> chosen =
        IntStream.range(direction * activations, (direction + 1) * activations)
            .mapToObj(
                k ->
                    OnnxActivation.named(names.get(k))
                        .with(Double.parseDouble(alphas.get(k)), Double.parseDouble(betas.get(k))))
            .toList();
    double clip = a.isNone("clip") ? Double.POSITIVE_INFINITY : a.real("clip");
    return new OnnxOptions(chosen, clip, a.flag("bias"));
  }

  private static <S, C extends Layer & RecurrentCell<S>> Computation operator(
      int activations, CellMaker<C> maker) {
    return given -> {
      ConformanceCase a = given.attributes();
      List<Boolean> reversed =
          switch (a.text("direction")) {
            case "forward" -> List.of(false);
            case "reverse" -> List.of(true);
            case "bidirectional" -> List.of(false, true);
            default -> throw new MalformedCaseException("direction " + a.text("direction"));
          };
      List<Tensor> sequences = new ArrayList<>();
      List<List<Tensor>> states = new ArrayList<>();
      for (int d = 0; d < reversed.size(); d++) {
        C cell =
            maker.create(
                a, a.integer("input_size"), a.integer("hidden_size"), options(a, d, activations));
        cell.to(given.dtype());
        SequenceOutput<S> result = run(given, cell, d, reversed.get(d));
        sequences.add(result.output());
        states.add(TensorTree.flatten(result.state()));
      }
      List<Tensor> outputs = new ArrayList<>(List.of(Tensor.stack(sequences, 1)));
      for (int part = 0; part < states.getFirst().size(); part++) {
        int k = part;
        outputs.add(Tensor.stack(states.stream().map(state -> state.get(k)).toList(), 0));
      }
      return outputs;
    };
  }

  private static <S, C extends Layer & RecurrentCell<S>> SequenceOutput<S> run(
      Given given, C cell, int direction, boolean reverse) {
    ConformanceCase a = given.attributes();
    Tensor x = given.tensor("X");
    Map<String, Tensor> weights = new HashMap<>();
    given.params().forEach((name, all) -> weights.put(name, all.select(0, direction)));
    S zeros = cell.initialState(x.extent(1));
    S initial =
        !a.flag("initial_state")
            ? zeros
            : TensorTree.rebuild(
                zeros,
                List.of("initial_h", "initial_c")
                    .subList(0, TensorTree.flatten(zeros).size())
                    .stream()
                    .map(name -> given.tensor(name).select(0, direction))
                    .toList());
    @Nullable Lengths lengths =
        a.flag("ragged") ? Lengths.of(given.ints("sequence_lens").toArray()) : null;
    Recurrent<S> layer = reverse ? Recurrent.backward(cell) : Recurrent.forward(cell);
    return cell.withValues(weights, () -> layer.forward(x, lengths, initial));
  }
}
