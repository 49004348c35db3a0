package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** What tiles read ahead: all that was asked for, and nothing outside of it. */
class FloatAheadTest {
  private static final int LINE = FloatLines.PER_LINE;

  private final FloatAhead ahead = new FloatAhead();

  @Test
  void tilesTogetherReadEachLine() {
    float[] far = new float[10_000];
    ahead.add(far, 100, 7_000);
    BitSet read = read(far, 20, 40);
    for (int at = 100; at + LINE <= 7_100; at += LINE) {
      int next = read.nextSetBit(at);
      assertTrue(next >= 0 && next < at + LINE, "nothing in the line at " + at);
    }
    assertEquals(100, read.nextSetBit(0));
    assertTrue(read.length() < 7_100 + 20 * LINE, "read up to " + read.length());
  }

  /**
   * A tile of few steps reads one element a step, and no two steps read further apart than a line.
   */
  @Test
  void fewStepsReadWhatTheyCan() {
    float[] far = new float[100_000];
    ahead.add(far, 0, far.length);
    ahead.share(10);
    assertEquals(LINE, ahead.pace(3));
    assertEquals(0, ahead.from(3));
    ahead.advance();
    assertEquals(10_000, ahead.from(3));
  }

  @Test
  void twoPartsAreReadInTurn() {
    float[] first = new float[4_000];
    float[] second = new float[2_000];
    ahead.add(first, 0, 4_000);
    ahead.add(second, 0, 2_000);
    ahead.share(8);
    for (int i = 0; i < 4; i++) {
      assertSame(first, ahead.array());
      assertEquals(i * 1_000, ahead.from(100));
      assertEquals(10, ahead.pace(100));
      ahead.advance();
      assertSame(second, ahead.array());
      assertEquals(i * 500, ahead.from(100));
      assertEquals(5, ahead.pace(100));
      ahead.advance();
    }
  }

  @Test
  void nothingBehindTheEndIsRead() {
    float[] far = new float[1_000];
    ahead.add(far, 900, 400);
    BitSet read = read(far, 4, 100);
    assertEquals(900, read.nextSetBit(1));
  }

  @Test
  void withoutPartsOneElementIsReadAgainAndAgain() {
    ahead.share(3);
    for (int i = 0; i < 3; i++) {
      assertEquals(1, ahead.array().length);
      assertEquals(0, ahead.from(50));
      assertEquals(0, ahead.pace(50));
      ahead.advance();
    }
  }

  @Test
  void whatWasReadIsLetGo() {
    ahead.add(new float[100], 0, 100);
    ahead.share(1);
    ahead.clear();
    assertSame(FloatAhead.NOTHING, ahead.array());
    assertEquals(0, ahead.pace(10));
  }

  /** Reads as tiles do; an index outside of the array would fail here as it does there. */
  private BitSet read(float[] far, int tiles, int depth) {
    BitSet read = new BitSet();
    ahead.share(tiles);
    for (int tile = 0; tile < tiles; tile++) {
      int at = ahead.from(depth);
      for (int k = 0; k < depth; k++, at += ahead.pace(depth)) {
        assertTrue(at >= 0 && at < far.length, "element " + at);
        read.set(at);
      }
      ahead.advance();
    }
    ahead.clear();
    return read;
  }
}
