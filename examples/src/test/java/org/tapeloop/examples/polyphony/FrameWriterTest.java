package org.tapeloop.examples.polyphony;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.PianoRoll;

final class FrameWriterTest {
  private static RollNetwork<?> network() {
    var dropping = CellStack.Dropping.ofOutputs(0.5);
    var sizes = new CellStack.Sizes(CellKind.named("lstm"), 2, 16, dropping);
    RollNetwork<?> network = RollNetwork.create(sizes, new Generator(1), new Generator(2));
    network.eval();
    return network;
  }

  private static List<Frame> written(RollNetwork<?> network, List<Frame> given, int length) {
    List<Frame> frames = new ArrayList<>(given);
    new FrameWriter(network, 1).write(given, length, new RandomStream(3, 0), frames::add);
    return frames;
  }

  /** What a key is drawn from while music is written is what the batch of the whole piece says. */
  @Test
  void hearsFrameByFrameWhatItHearsInTheWholePiece() {
    RollNetwork<?> network = network();
    List<Frame> piece = written(network, List.of(Frame.of(60, 64), Frame.SILENCE), 6);
    RollBatch batch = RollBatch.of(List.of(Passage.whole(new PianoRoll("piece", piece))));
    Tensor whole = Autograd.noGrad(() -> network.forward(batch.inputs(), batch.lengths()));
    RollNetwork.Listener listener = network.listener();
    listener.hear(Frame.SILENCE);
    for (int t = 0; t < piece.size(); t++) {
      assertArrayEquals(whole.select(0, t).toFloatArray(), listener.logits(), 1e-5f, "frame " + t);
      listener.hear(piece.get(t));
    }
  }

  @Test
  void aKeySoundsAsOftenAsItsLogitSays() {
    RollNetwork<?> network = network();
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
