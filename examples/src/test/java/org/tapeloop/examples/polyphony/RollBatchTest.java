package org.tapeloop.examples.polyphony;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.PianoRoll;

final class RollBatchTest {
  private static final PianoRoll LONG =
      new PianoRoll("long", List.of(Frame.of(60, 64), Frame.of(62), Frame.SILENCE, Frame.of(108)));
  private static final PianoRoll SHORT = new PianoRoll("short", List.of(Frame.of(21)));

  private static RollBatch batch() {
    return RollBatch.of(List.of(Passage.whole(LONG), Passage.whole(SHORT)));
  }

  private static Tensor logits(Shape shape) {
    return Tensor.normal(new RandomStream(5, 0), DType.F32, shape, 0, 2);
  }

  private static int[] ones(Tensor frames, int t, int b) {
    return IntStream.range(0, Frame.KEYS)
        .filter(key -> frames.get(t, b, key) == 1)
        .map(key -> key + Frame.LOWEST)
        .toArray();
  }

  @Test
  void inputsAreTheFramesBeforeTheTargets() {
    RollBatch batch = batch();
    assertEquals(Shape.of(4, 2, Frame.KEYS), batch.inputs().shape());
    assertEquals(5, batch.frames());
    assertArrayEquals(new int[] {}, ones(batch.inputs(), 0, 0));
    assertArrayEquals(new int[] {60, 64}, ones(batch.targets(), 0, 0));
    assertArrayEquals(new int[] {60, 64}, ones(batch.inputs(), 1, 0));
    assertArrayEquals(new int[] {62}, ones(batch.targets(), 1, 0));
    assertArrayEquals(new int[] {108}, ones(batch.targets(), 3, 0));
    assertArrayEquals(new int[] {21}, ones(batch.targets(), 0, 1));
  }

  @Test
  void aPassageWithinAPieceBeginsWithTheFrameBeforeIt() {
    List<Passage> parts = Passage.cut(List.of(LONG), 3);
    assertEquals(List.of(2, 2), parts.stream().map(Passage::length).toList());
    RollBatch second = RollBatch.of(List.of(parts.get(1)));
    assertArrayEquals(new int[] {62}, ones(second.inputs(), 0, 0));
    assertArrayEquals(new int[] {}, ones(second.targets(), 0, 0));
    assertArrayEquals(new int[] {108}, ones(second.targets(), 1, 0));
  }

  @Test
  void lossIsTheSumOverKeysAveragedOverFramesThatAreNotPadding() {
    RollBatch batch = batch();
    Tensor logits = logits(batch.targets().shape());
    double sum = 0;
    for (int b = 0; b < 2; b++) {
      for (int t = 0; t < (b == 0 ? 4 : 1); t++) {
        for (int key = 0; key < Frame.KEYS; key++) {
          double p = 1 / (1 + Math.exp(-logits.get(t, b, key)));
          sum -= Math.log(batch.targets().get(t, b, key) == 1 ? p : 1 - p);
        }
      }
    }
    assertEquals(sum / 5, batch.loss(logits).item(), 1e-4);
  }

  @Test
  void paddingGetsNoGradient() {
    RollBatch batch = batch();
    Tensor logits = logits(batch.targets().shape()).leaf();
    Tensor gradient = batch.loss(logits).gradients(logits).get(logits);
    for (int t = 0; t < 4; t++) {
      for (int b = 0; b < 2; b++) {
        boolean padding = b == 1 && t > 0;
        assertEquals(padding, gradient.get(t, b, 7) == 0, "step %d of %d".formatted(t, b));
      }
    }
  }

  @Test
  void passagesMoveAsFarAsTheRangeAllows() {
    PianoRoll piece = new PianoRoll("piece", List.of(Frame.of(60), Frame.of(67)));
    Passage passage = Passage.whole(piece);
    List<Integer> lowest = new ArrayList<>();
    for (double uniform = 0; uniform < 1; uniform += 0.01) {
      Passage moved = passage.transposed(5, 58, 69, uniform);
      lowest.add(moved.pitches(0).sum());
      assertEquals(7, moved.pitches(1).sum() - moved.pitches(0).sum());
      assertEquals(moved.pitches(0).sum(), moved.pitchesBefore(1).sum());
    }
    // Two down to 58, two up to 69.
    assertEquals(List.of(58, 59, 60, 61, 62), lowest.stream().distinct().toList());
    assertEquals(60, passage.transposed(0, 21, 108, 0.99).pitches(0).sum());
    Passage silent = Passage.whole(new PianoRoll("silent", List.of(Frame.SILENCE)));
    assertTrue(silent.transposed(5, 58, 69, 0.5).pitches(0).findAny().isEmpty());
  }
}
