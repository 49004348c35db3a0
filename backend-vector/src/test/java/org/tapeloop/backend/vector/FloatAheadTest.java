package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.spi.MatrixPacking.Upcoming;

/** What tiles read ahead: all that was asked for, and nothing outside of it. */
class FloatAheadTest {
  private static final int LINE = FloatLines.PER_LINE;

  private final FloatAhead ahead = new FloatAhead();

  @Test
  void tilesTogetherReadEachLine() {
    float[] far = new float[10_000];
    ahead.add(far, 100, 7_000);
    BitSet read = read(far, 24, 40);
    assertLinesRead(read, 100, 7_100);
    assertEquals(100, read.nextSetBit(0));
    assertTrue(read.length() < 7_100 + 24 * LINE, "read up to " + read.length());
  }

  /** A tile that reads is slower, so where there is little to read few do. */
  @Test
  void noMoreTilesReadThanItTakes() {
    float[] far = new float[2_000];
    ahead.add(far, 100, 1_600);
    ahead.share(100, 100);
    assertTwoOf100TilesRead(far);
    ahead.clear();
    ahead.expect(new Parts(List.of(far), 100, 1_600), 100);
    assertTwoOf100TilesRead(far);
  }

  private void assertTwoOf100TilesRead(float[] far) {
    var read = new BitSet();
    int reading = 0;
    for (int tile = 0; tile < 100; tile++) {
      ahead.aim(100);
      reading += ahead.pace() != 0 ? 1 : 0;
      read(read, far.length, 100);
    }
    assertEquals(2, reading);
    assertLinesRead(read, 100, 1_700);
    assertEquals(1_700 - LINE, read.length() - 1);
  }

  /**
   * A tile of few steps reads an element of every other one, and no two steps read further apart
   * than a line.
   */
  @Test
  void fewStepsReadWhatTheyCan() {
    float[] far = new float[100_000];
    ahead.add(far, 0, far.length);
    ahead.share(10, 3);
    ahead.aim(3);
    assertEquals(LINE, ahead.pace());
    assertEquals(0, ahead.from());
    ahead.aim(3);
    assertEquals(10_000, ahead.from());
  }

  @Test
  void twoPartsAreReadInTurn() {
    float[] first = new float[4_000];
    float[] second = new float[2_000];
    ahead.add(first, 0, 4_000);
    ahead.add(second, 0, 2_000);
    ahead.share(8, 200);
    for (int i = 0; i < 4; i++) {
      assertAims(first, i * 1_000, 10, 200);
      assertAims(second, i * 500, 5, 200);
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
    ahead.share(3, 50);
    for (int i = 0; i < 3; i++) {
      ahead.aim(50);
      assertReadsNothing();
    }
  }

  @Test
  void whatWasReadIsLetGo() {
    ahead.add(new float[100], 0, 100);
    ahead.share(1, 10);
    ahead.aim(10);
    ahead.clear();
    assertReadsNothing();
    ahead.aim(10);
    assertReadsNothing();
    ahead.expect(new Parts(List.of(new float[100]), 0, 100), 5);
    ahead.aim(10);
    ahead.expectNothing();
    assertReadsNothing();
    ahead.aim(10);
    assertReadsNothing();
  }

  // ---- what the caller of a product needs ----

  @Test
  void whatComesAfterwardsIsReadByAllTilesOfTheProduct() {
    float[] far = new float[10_000];
    ahead.expect(new Parts(List.of(far), 100, 7_000), 40);
    BitSet read = read(far, 10, 40);
    int half = 100 + 3_504;
    assertLinesRead(read, 100, 100 + 800);
    assertLinesRead(read, half, half + 800);
    assertEquals(half, read.nextSetBit(100 + 1_000), "a quarter of the tiles");
    for (int i = 0; i < 3; i++) {
      read.or(read(far, 10, 40));
    }
    assertLinesRead(read, 100, 7_100);
    assertEquals(100, read.nextSetBit(1));
    assertTrue(read.length() < 7_100 + LINE * 40, "read up to " + read.length());
  }

  @Test
  void itsPartsAreReadOneAfterTheOther() {
    List<float[]> far = List.of(new float[2_000], new float[3_000], new float[1_000]);
    ahead.expect(new Parts(far, 0, 1_000), 30);
    List<BitSet> read = List.of(new BitSet(), new BitSet(), new BitSet());
    int latest = 0;
    for (int tile = 0; tile < 36; tile++) {
      ahead.aim(20);
      int part = far.indexOf(ahead.array());
      if (part >= 0) {
        assertTrue(part >= latest, "part " + part + " after " + latest);
        latest = part;
        read(read.get(part), far.get(part).length, 20);
      }
    }
    for (BitSet each : read) {
      assertLinesRead(each, 0, 1_000 - 20);
      assertTrue(each.length() <= 1_000 + LINE * 20, "read up to " + each.length());
    }
  }

  /** Where tiles are few, what is needed first is read, a line at every other step. */
  @Test
  void fewTilesReadWhatIsNeededFirst() {
    List<float[]> far = List.of(new float[5_000], new float[5_000]);
    ahead.expect(new Parts(far, 0, 5_000), 2);
    int half = 2_512;
    assertAimsAtTwo(far.getFirst(), 0, half, LINE, 10);
    assertAimsAtTwo(far.getFirst(), LINE * 2, half, LINE, 10);
  }

  @Test
  void theProductsOwnTakeTurnsWithIt() {
    float[] own = new float[4_000];
    float[] later = new float[4_000];
    ahead.expect(new Parts(List.of(later), 0, 4_000), 8);
    ahead.add(own, 0, 4_000);
    ahead.share(8, 200);
    for (int i = 0; i < 4; i++) {
      assertAimsAtTwo(later, i * 500, 2_000, 10, 200);
      assertAims(own, i * 1_000, 10, 200);
    }
  }

  @Test
  void arraysOfOtherTypesAndEmptyPartsArePassedOver() {
    float[] far = new float[100];
    ahead.expect(new Parts(List.of(new int[100], new float[0], far), 0, 100), 4);
    BitSet read = new BitSet();
    for (int tile = 0; tile < 4; tile++) {
      ahead.aim(10);
      if (ahead.array() == far) {
        read(read, far.length, 10);
      } else {
        assertReadsNothing();
      }
    }
    assertEquals(0, read.nextSetBit(0));
    assertTrue(read.cardinality() > 0);
  }

  /** As behind the last steps of a sequence. */
  @Test
  void whatBeginsBehindTheEndIsPassedOver() {
    float[] far = new float[10_000];
    for (int from : new int[] {10_000, 17_000}) {
      ahead.expect(new Parts(List.of(far), from, 7_000), 4);
      for (int tile = 0; tile < 4; tile++) {
        ahead.aim(10);
        assertReadsNothing();
      }
    }
  }

  /** The same elements of some arrays. */
  private record Parts(List<? extends Object> arrays, int from, int count) implements Upcoming {
    @Override
    public int parts() {
      return arrays.size();
    }

    @Override
    public Object array(int part) {
      return arrays.get(part);
    }

    @Override
    public int start(int part) {
      return from;
    }

    @Override
    public int length(int part) {
      return count;
    }
  }

  private void assertAims(float[] array, int from, int pace, int depth) {
    ahead.aim(depth);
    assertSame(array, ahead.array());
    assertEquals(from, ahead.from());
    assertEquals(pace, ahead.pace());
    assertEquals(pace, ahead.back());
  }

  private void assertAimsAtTwo(float[] array, int from, int half, int pace, int depth) {
    ahead.aim(depth);
    assertSame(array, ahead.array());
    assertEquals(from, ahead.from());
    assertEquals(half, ahead.pace());
    assertEquals(pace, half + ahead.back());
  }

  private void assertReadsNothing() {
    assertEquals(1, ahead.array().length);
    assertEquals(0, ahead.from());
    assertEquals(0, ahead.pace());
    assertEquals(0, ahead.back());
  }

  private static void assertLinesRead(BitSet read, int from, int end) {
    for (int at = from; at + LINE <= end; at += LINE) {
      int next = read.nextSetBit(at);
      assertTrue(next >= 0 && next < at + LINE, "nothing in the line at " + at);
    }
  }

  /** Reads as tiles do; an index outside of the array would fail here as it does there. */
  private BitSet read(float[] far, int tiles, int depth) {
    BitSet read = new BitSet();
    ahead.share(tiles, depth);
    for (int tile = 0; tile < tiles; tile++) {
      ahead.aim(depth);
      read(read, far.length, depth);
    }
    ahead.clear();
    return read;
  }

  private void read(BitSet read, int length, int depth) {
    int at = ahead.from();
    for (int k = 0; k < depth && ahead.pace() != 0; k += 2) {
      assertTrue(at >= 0 && at < length, "element " + at);
      read.set(at);
      at += k % 4 == 0 ? ahead.pace() : ahead.back();
    }
  }
}
