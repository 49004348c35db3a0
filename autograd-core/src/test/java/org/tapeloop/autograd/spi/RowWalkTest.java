package org.tapeloop.autograd.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RowWalkTest {

  @Test
  void visitsEveryElementOfEveryOperandInRowMajorOrder() {
    Random random = new Random(7);
    for (int n = 0; n < 3000; n++) {
      Layout first = IndexModel.randomLayout(random);
      Layout dense = Layout.rowMajor(first.extents());
      Layout second = first.permute(reversed(first.rank()));
      second = Layout.rowMajor(second.extents()).permute(reversed(first.rank()));
      RowWalk walk = RowWalk.over(first, dense, second);
      assertArrayEquals(IndexModel.of(first).positions(), visited(walk, 0), first::toString);
      assertArrayEquals(IndexModel.of(dense).positions(), visited(walk, 1), dense::toString);
      assertArrayEquals(IndexModel.of(second).positions(), visited(walk, 2), second::toString);
    }
  }

  @Test
  void denseOperandsMakeOneRow() {
    RowWalk walk = RowWalk.over(Layout.rowMajor(2, 3, 4), Layout.rowMajor(2, 3, 4));
    assertEquals(1, walk.rows());
    assertEquals(24, walk.rowLength());
    assertEquals(1, walk.step(1));
  }

  @Test
  void axesMergeOnlyWhereEveryOperandIsEvenlySpaced() {
    Layout bias = Layout.rowMajor(4).broadcastTo(2, 3, 4);
    RowWalk walk = RowWalk.over(Layout.rowMajor(2, 3, 4), bias);
    assertEquals(6, walk.rows());
    assertEquals(4, walk.rowLength());
  }

  @Test
  void aScalarIsOneRowOfOneElement() {
    RowWalk walk = RowWalk.over(Layout.rowMajor());
    assertEquals(1, walk.rows());
    assertEquals(1, walk.rowLength());
    walk.seek(0);
    assertEquals(0, walk.start(0));
  }

  @Test
  void nothingHasNoRows() {
    assertEquals(0, RowWalk.over(Layout.rowMajor(3, 0)).rows());
    assertEquals(0, RowWalk.over(Layout.rowMajor(0, 3)).rows());
    assertEquals(0, RowWalk.over(Layout.rowMajor(3, 0).transpose(0, 1)).rows());
  }

  @Test
  void aCopyMovesApartFromItsOriginal() {
    RowWalk rows = RowWalk.over(Layout.rowMajor(5, 4).slice(1, 0, 1, 2));
    RowWalk copy = rows.copy();
    rows.seek(1);
    copy.seek(4);
    assertEquals(4, rows.start(0));
    assertEquals(16, copy.start(0));
  }

  private static int[] visited(RowWalk walk, int operand) {
    int[] positions = new int[walk.rows() * walk.rowLength()];
    int n = 0;
    for (int row = 0; row < walk.rows(); row++) {
      walk.seek(row);
      for (int i = 0; i < walk.rowLength(); i++) {
        positions[n++] = walk.start(operand) + i * walk.step(operand);
      }
    }
    return positions;
  }

  private static int[] reversed(int rank) {
    int[] order = new int[rank];
    for (int k = 0; k < rank; k++) {
      order[k] = rank - 1 - k;
    }
    return order;
  }
}
