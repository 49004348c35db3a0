package org.tapeloop.examples.polyphony;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.PianoRoll;
import org.tapeloop.nn.Parameter;

final class FrameWriterTest {
  private static RollNetwork<?> network(boolean joint) {
    var dropping = CellStack.Dropping.ofOutputs(0.5);
    var sizes = new CellStack.Sizes(CellKind.named("lstm"), 2, 16, dropping);
    RollNetwork<?> network = RollNetwork.create(sizes, joint, new Generator(1), new Generator(2));
    Parameter lowerKeys = network.parameters().get("lower_keys.weight");
    if (lowerKeys != null) {
      Shape pairs = lowerKeys.shape();
      lowerKeys.set(Tensor.normal(new RandomStream(9, 0), DType.F32, pairs, 0, 1));
    }
    network.eval();
    return network;
  }

  private static List<Frame> written(RollNetwork<?> network, List<Frame> given, int length) {
    List<Frame> frames = new ArrayList<>(given);
    new FrameWriter(network, 1).write(given, length, new RandomStream(3, 0), frames::add);
    return frames;
  }

  /** What a key is drawn from while music is written is what the batch of the whole piece says. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void hearsFrameByFrameWhatItHearsInTheWholePiece(boolean joint) {
    RollNetwork<?> network = network(joint);
    List<Frame> piece = written(network, List.of(Frame.of(60, 64), Frame.SILENCE), 6);
    RollBatch batch = RollBatch.of(List.of(Passage.whole(new PianoRoll("piece", piece))));
    Tensor whole = Autograd.noGrad(() -> network.forward(batch));
    RollNetwork.Listener listener = network.listener();
    listener.hear(Frame.SILENCE);
    for (int t = 0; t < piece.size(); t++) {
      for (int key = 0; key < Frame.KEYS; key++) {
        double heard = listener.logit(key, piece.get(t));
        assertEquals(whole.get(t, 0, key), heard, 1e-5, "frame %d, key %d".formatted(t, key));
      }
      listener.hear(piece.get(t));
    }
  }

  /** Whatever the keys do to each other, the frames share a probability of 1. */
  @Test
  void framesWhoseKeysDependOnEachOtherAreAsLikelyAsOneTogether() {
    RollNetwork<?> network = network(true);
    float[] logits = new float[Frame.KEYS];
    Arrays.fill(logits, -40);
    int[] possible = {40, 52, 55, 71};
    for (int pitch : possible) {
      logits[pitch - Frame.LOWEST] = 0;
    }
    network.expect(Tensor.of(logits));
    double sum = 0;
    for (int choice = 0; choice < 1 << possible.length; choice++) {
      int chosen = choice;
      Frame frame =
          Frame.of(
              IntStream.range(0, possible.length)
                  .filter(i -> (chosen >> i & 1) == 1)
                  .map(i -> possible[i])
                  .toArray());
      RollBatch batch =
          RollBatch.of(List.of(Passage.whole(new PianoRoll("frame", List.of(frame)))));
      sum += Math.exp(-Autograd.noGrad(() -> batch.loss(network.forward(batch))).item());
    }
    assertEquals(1, sum, 1e-5);
  }

  @Test
  void aKeySoundsAsOftenAsItsLogitSays() {
    RollNetwork<?> network = network(false);
    float[] logits = new float[Frame.KEYS];
    Arrays.fill(logits, -20);
    logits[60 - Frame.LOWEST] = (float) Math.log(0.25 / 0.75);
    // Without memory: the same logits after every frame.
    network.parameters().forEach((name, p) -> p.set(p.value().mul(0)));
    network.expect(Tensor.of(logits));
    List<Frame> frames = written(network, List.of(), 2000);
    double often = frames.stream().filter(frame -> frame.has(60)).count() / 2000.0;
    assertEquals(0.25, often, 0.03);
    assertEquals(0, frames.stream().mapToInt(f -> f.has(60) ? f.size() - 1 : f.size()).sum());
  }
}
