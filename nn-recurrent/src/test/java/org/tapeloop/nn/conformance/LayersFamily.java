package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.ProjectedLstmCell;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceLayer;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Stacked;
import org.tapeloop.nn.conformance.DifferentiableFamily.Computation;

/** Stacks of recurrent layers as PyTorch's {@code nn.RNN}, {@code nn.LSTM} and {@code nn.GRU}. */
final class LayersFamily {
  private static final int CARRIED = 90;

  private LayersFamily() {}

  static Family create() {
    return new DifferentiableFamily(
        "layers",
        CARRIED,
        Map.of(
            "rnn_tanh", layers((a, inputSize) -> elman(a, inputSize, ElmanCell.Activation.TANH)),
            "rnn_relu", layers((a, inputSize) -> elman(a, inputSize, ElmanCell.Activation.RELU)),
            "lstm", layers(LayersFamily::lstm),
            "lstm_proj", layers(LayersFamily::projectedLstm),
            "gru", layers(LayersFamily::gru)));
  }

  /** Makes a cell; what it draws for its weights is replaced by the case's. */
  @FunctionalInterface
  private interface CellMaker<S> {
    RecurrentCell<S> create(ConformanceCase attributes, int inputSize);
  }

  private static Generator anything() {
    return new Generator(0);
  }

  private static ElmanCell elman(ConformanceCase a, int inputSize, ElmanCell.Activation phi) {
    int hiddenSize = a.integer("hidden_size");
    return a.flag("bias")
        ? new ElmanCell(inputSize, hiddenSize, phi, anything())
        : ElmanCell.withoutBias(inputSize, hiddenSize, phi, anything());
  }

  private static LstmCell lstm(ConformanceCase a, int inputSize) {
    int hiddenSize = a.integer("hidden_size");
    return a.flag("bias")
        ? new LstmCell(inputSize, hiddenSize, anything())
        : LstmCell.withoutBias(inputSize, hiddenSize, anything());
  }

  private static ProjectedLstmCell projectedLstm(ConformanceCase a, int inputSize) {
    int hiddenSize = a.integer("hidden_size");
    int outputSize = a.integer("proj_size");
    return a.flag("bias")
        ? new ProjectedLstmCell(inputSize, hiddenSize, outputSize, anything())
        : ProjectedLstmCell.withoutBias(inputSize, hiddenSize, outputSize, anything());
  }

  private static GruCell gru(ConformanceCase a, int inputSize) {
    int hiddenSize = a.integer("hidden_size");
    return a.flag("bias")
        ? new GruCell(inputSize, hiddenSize, anything())
        : GruCell.withoutBias(inputSize, hiddenSize, anything());
  }

  private static <S> Computation layers(CellMaker<S> cells) {
    return given -> {
      ConformanceCase a = given.attributes();
      int depth = a.integer("num_layers");
      int inputSize = a.integer("input_size");
      int projected = a.integer("proj_size");
      int outputSize = projected == 0 ? a.integer("hidden_size") : projected;
      return a.flag("bidirectional")
          ? run(
              given,
              Stacked.of(
                  Stacked.bidirectionalLayers(
                      depth, inputSize, outputSize, size -> cells.create(a, size))))
          : run(
              given,
              Stacked.of(
                  Stacked.layers(depth, inputSize, outputSize, size -> cells.create(a, size))));
    };
  }

  private static <S, L extends Layer & SequenceLayer<S>> List<Tensor> run(Given given, L stack) {
    given.into(stack);
    Tensor x = given.tensor("x");
    S zeros = stack.initialState(x.extent(1));
    // One part for an h, two for h and c; layer by layer, forward before backward, as in the file.
    List<String> parts =
        given.attributes().texts("outputs").stream()
            .filter(output -> output.endsWith("_n"))
            .map(output -> output.substring(0, output.length() - 2))
            .toList();
    @Nullable S initial = null;
    if (given.attributes().flag("initial_state")) {
      List<List<Tensor>> rows =
          parts.stream().map(part -> given.tensor(part + "0").unstack(0)).toList();
      List<Tensor> tensors = new ArrayList<>();
      for (int row = 0; row < rows.getFirst().size(); row++) {
        for (List<Tensor> part : rows) {
          tensors.add(part.get(row));
        }
      }
      initial = TensorTree.rebuild(zeros, tensors);
    }
    @Nullable Lengths lengths =
        given.attributes().flag("ragged") ? Lengths.of(given.ints("lengths").toArray()) : null;

    SequenceOutput<S> result = stack.forward(x, lengths, initial);

    List<Tensor> states = TensorTree.flatten(result.state());
    List<Tensor> outputs = new ArrayList<>(List.of(result.output()));
    for (int part = 0; part < parts.size(); part++) {
      int first = part;
      outputs.add(
          Tensor.stack(
              IntStream.range(0, states.size() / parts.size())
                  .mapToObj(row -> states.get(row * parts.size() + first))
                  .toList(),
              0));
    }
    return outputs;
  }
}
