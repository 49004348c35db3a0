package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.nn.safetensors.SafeTensorsFile;
import org.tapeloop.nn.safetensors.SafeTensorsWriter;

/**
 * Weights as PyTorch's {@code state_dict} names, shapes and orders them go into the layers here as
 * they are, and give the outputs that PyTorch gave.
 */
class PyTorchWeightsTest {
  private static final int INPUT = 5;
  private static final int HIDDEN = 3;
  private static final int PROJECTED = 1;
  private static final Generator ANYTHING = new Generator(1);

  @TempDir Path folder;

  private static <S> Stacked<Directions<S>> twoBidirectional(
      int outputSize, IntFunction<? extends RecurrentCell<S>> cell) {
    return Stacked.of(Stacked.bidirectionalLayers(2, INPUT, outputSize, cell));
  }

  static Stream<Arguments> layers() {
    return Stream.of(
        arguments("rnn_tanh", twoBidirectional(HIDDEN, i -> new ElmanCell(i, HIDDEN, ANYTHING))),
        arguments(
            "rnn_relu",
            twoBidirectional(
                HIDDEN, i -> new ElmanCell(i, HIDDEN, ElmanCell.Activation.RELU, ANYTHING))),
        arguments("lstm", twoBidirectional(HIDDEN, i -> new LstmCell(i, HIDDEN, ANYTHING))),
        arguments(
            "lstm_proj",
            twoBidirectional(
                PROJECTED, i -> new ProjectedLstmCell(i, HIDDEN, PROJECTED, ANYTHING))),
        arguments("gru", twoBidirectional(HIDDEN, i -> new GruCell(i, HIDDEN, ANYTHING))));
  }

  private static SafeTensorsFile savedCase(String kind) throws IOException, URISyntaxException {
    String name = "/conformance/layers-%s-14-l2-bi-ragged.safetensors".formatted(kind);
    return SafeTensorsFile.open(Path.of(PyTorchWeightsTest.class.getResource(name).toURI()));
  }

  private static List<String> parameterNames(SafeTensorsFile saved) {
    return List.of(saved.metadata().get("params").split(","));
  }

  /** A file of the weights alone, in single precision, as training would leave it. */
  private Path weights(SafeTensorsFile saved) throws IOException {
    SafeTensorsWriter writer = new SafeTensorsWriter().metadata("format", "pt");
    for (String name : parameterNames(saved).reversed()) {
      writer.tensor(name, saved.tensor(name).to(DType.F32));
    }
    Path path = folder.resolve("model.safetensors");
    writer.write(path);
    return path;
  }

  @ParameterizedTest
  @MethodSource("layers")
  void savedWeightsGiveTheOutputsOfPyTorch(String kind, Stacked<?> layer)
      throws IOException, URISyntaxException {
    try (SafeTensorsFile saved = savedCase(kind);
        SafeTensorsFile weights = SafeTensorsFile.open(weights(saved))) {
      layer.load(weights.tensors());

      var lengths = Lengths.of(saved.ints("lengths").toArray());
      var output = layer.forward(saved.tensor("x").to(DType.F32), lengths, null).output();
      assertEquals(saved.tensor("expect.output").shape(), output.shape());
      assertArrayEquals(
          saved.tensor("expect.output").toDoubleArray(), output.toDoubleArray(), 1e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void parametersHaveTheNamesAndTheOrderOfPyTorch(String kind, Stacked<?> layer)
      throws IOException, URISyntaxException {
    try (SafeTensorsFile saved = savedCase(kind)) {
      assertEquals(parameterNames(saved), List.copyOf(layer.parameters().keySet()));
    }
  }

  @Test
  void weightsOfAnotherLayerAreRefusedByName() throws IOException, URISyntaxException {
    try (SafeTensorsFile saved = savedCase("lstm");
        SafeTensorsFile weights = SafeTensorsFile.open(weights(saved))) {
      var gru = twoBidirectional(HIDDEN, i -> new GruCell(i, HIDDEN, ANYTHING));
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> gru.load(weights.tensors()));
      assertEquals(
          "load: 'bias_hh_l1_reverse' has shape [9] here but [12] in the given values",
          e.getMessage());
    }
  }
}
