package org.tapeloop.examples.music;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class FrameTest {
  @Test
  void holdsEachKeyOfThePianoAndNoOther() {
    for (int pitch = Frame.LOWEST; pitch <= Frame.HIGHEST; pitch++) {
      Frame frame = Frame.of(pitch);
      assertArrayEquals(new int[] {pitch}, frame.pitches().toArray());
      assertEquals(1, frame.size());
      assertTrue(frame.has(pitch));
      assertFalse(Frame.SILENCE.has(pitch));
    }
  }

  @Test
  void ordersPitchesAndHoldsEachOnce() {
    assertArrayEquals(new int[] {60, 64, 67}, Frame.of(67, 60, 64, 60).pitches().toArray());
    assertEquals(Frame.of(60, 64), Frame.of(64, 60));
  }

  @Test
  void movesAllKeys() {
    assertEquals(Frame.of(58, 85, 106), Frame.of(60, 87, 108).transposed(-2));
    assertThrows(IllegalArgumentException.class, () -> Frame.of(60, 108).transposed(1));
  }

  @Test
  void refusesPitchesThatNoPianoHas() {
    assertThrows(IllegalArgumentException.class, () -> Frame.of(20));
    assertThrows(IllegalArgumentException.class, () -> Frame.of(109));
  }

  @Test
  void readsAsText() {
    assertEquals("60,64", Frame.of(64, 60).toString());
    assertEquals("-", Frame.SILENCE.toString());
  }
}
