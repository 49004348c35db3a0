package org.tapeloop.nn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.Dropout;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.SequenceLoss;
import org.tapeloop.nn.Stacked;
import org.tapeloop.nn.data.TokenWindows;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.Clipping;
import org.tapeloop.nn.optim.Optimizer;
import org.tapeloop.nn.optim.Sgd;

/** A run that was broken off and resumed gives the bits of one that was not. */
class ResumeTest {
  private static final int VOCABULARY = 11;
  private static final int HIDDEN = 6;
  private static final int STREAMS = 3;
  private static final int[] TEXT =
      IntStream.range(0, 160).map(i -> (i * i + i / 7) % VOCABULARY).toArray();

  @TempDir private Path folder;

  /** A small language model with everything that has state: dropout, carried state, moments. */
  private static final class Model extends Layer {
    private final Embedding embedding;
    private final Dropout dropout;
    private final Stacked<LstmState> recurrent;
    private final Linear head;

    Model(Generator initial, Generator masks) {
      embedding = child("embedding", new Embedding(VOCABULARY, HIDDEN, initial));
      dropout = child("dropout", new Dropout(0.2, masks));
      recurrent =
          child(
              "recurrent",
              Stacked.of(
                  Stacked.layers(2, HIDDEN, HIDDEN, size -> new LstmCell(size, HIDDEN, initial)),
                  0.2,
                  masks));
      head = child("head", new Linear(HIDDEN, VOCABULARY, initial));
    }
  }

  /** A run that can be made afresh from the same seeds. */
  private static final class Training {
    private final Generator masks = new Generator(8);
    private final Model model = new Model(new Generator(7), masks);
    private final Optimizer adam = new Adam(model.embedding.parameters(), 0.01).amsgrad();
    private final Optimizer sgd;
    private final TokenWindows windows = new TokenWindows(TEXT, STREAMS, 5);
    private final List<Float> losses = new ArrayList<>();
    private final TrainingRun run;
    private List<LstmState> state = model.recurrent.initialState(STREAMS);

    Training() {
      var rest = model.parameters();
      rest.keySet().removeIf(name -> name.startsWith("embedding"));
      sgd = new Sgd(rest, 0.1).momentum(0.9).nesterov();
      run =
          new TrainingRun(model)
              .optimizer("adam", adam)
              .optimizer("sgd", sgd)
              .generator("masks", masks);
    }

    void steps(int count) {
      for (int i = 0; i < count; i++) {
        if (!windows.hasNext()) {
          windows.rewind();
          sgd.setLearningRate(sgd.learningRate() * 0.7);
        }
        var window = windows.next();
        var from = window.first() ? model.recurrent.initialState(STREAMS) : state;
        Tensor x = model.dropout.forward(model.embedding.forward(window.inputs()));
        var out = model.recurrent.forward(x, from);
        state = TensorTree.detach(out.state());
        Tensor loss = SequenceLoss.crossEntropy(model.head.forward(out.output()), window.targets());
        var clipped = Clipping.byGlobalNorm(loss.gradients(model.values()), 1);
        adam.step(clipped.gradients());
        sgd.step(clipped.gradients());
        losses.add((float) loss.item());
      }
    }

    void save(Path file) throws IOException {
      run.capture().withCounter("position", windows.position()).withCarried(state).write(file);
    }

    void resume(Path file) throws IOException {
      Checkpoint checkpoint = Checkpoint.read(file);
      state = checkpoint.carried(state);
      run.restore(checkpoint);
      windows.seek((int) checkpoint.counter("position"));
    }

    Map<String, Tensor> everything() {
      Map<String, Tensor> all = run.capture().parameters();
      adam.state().forEach((name, tensor) -> all.put("adam " + name, tensor));
      sgd.state().forEach((name, tensor) -> all.put("sgd " + name, tensor));
      List<Tensor> carried = TensorTree.flatten(state);
      for (int i = 0; i < carried.size(); i++) {
        all.put("carried " + i, carried.get(i));
      }
      return all;
    }
  }

  static Stream<String> backends() {
    return Stream.of("reference", Backends.current().name()).distinct();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void tenStepsAndTenResumedAreTwentyStepsBitForBit(String backend) {
    Backends.use(
        backend,
        () -> {
          try {
            compare(folder.resolve("run.safetensors"));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static void compare(Path file) throws IOException {
    Training straight = new Training();
    straight.steps(20);
    Training before = new Training();
    before.steps(10);
    before.save(file);
    before.steps(3); // what happens after the checkpoint is lost
    Training after = new Training();
    after.steps(4); // whatever was there is replaced
    after.resume(file);
    after.losses.clear();
    after.steps(10);

    assertEquals(straight.losses.subList(10, 20), after.losses);
    Map<String, Tensor> expected = straight.everything();
    Map<String, Tensor> actual = after.everything();
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, tensor) ->
            assertArrayEquals(tensor.toDoubleArray(), actual.get(name).toDoubleArray(), name));
    assertEquals(straight.masks.position(), after.masks.position());
    assertTrue(straight.losses.get(19) < straight.losses.get(0), "it learns");
  }
}
