package org.tapeloop.backend.openblas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.spi.Layout;

class MatrixTest {

  @Test
  void rowsOfAWiderMatrixGoAsTheyLie() {
    assertEquals(new Matrix(false, 7), Matrix.of(strided(3, 5, 7, 1)));
  }

  @Test
  void columnsWithUnitStrideAreATransposedMatrix() {
    assertEquals(new Matrix(true, 7), Matrix.of(strided(3, 5, 1, 7)));
  }

  @Test
  void aSingleRowMayHaveAnyStep() {
    assertEquals(new Matrix(false, 5), Matrix.of(strided(1, 5, 0, 1)));
    assertEquals(new Matrix(true, 4), Matrix.of(strided(1, 5, 0, 4)));
  }

  @Test
  void aSingleColumnMayHaveAnyStep() {
    assertEquals(new Matrix(false, 6), Matrix.of(strided(3, 1, 6, 0)));
  }

  @Test
  void steppedStretchedAndFlippedMatricesHaveNoForm() {
    assertNull(Matrix.of(strided(3, 5, 20, 2)));
    assertNull(Matrix.of(strided(3, 5, 0, 1)));
    assertNull(Matrix.of(strided(3, 5, -5, 1)));
    assertNull(Matrix.of(strided(3, 5, 5, -1)));
  }

  @Test
  void overlappingRowsHaveNoForm() {
    assertNull(Matrix.of(strided(3, 5, 2, 1)));
  }

  @Test
  void blocksBeginWhereTheirFirstElementLies() {
    assertEquals(2 * 7 + 4, new Matrix(false, 7).position(2, 4));
    assertEquals(2 + 4 * 7, new Matrix(true, 7).position(2, 4));
  }

  private static Layout strided(int rows, int columns, int rowStride, int columnStride) {
    return Layout.strided(0, new int[] {rows, columns}, new int[] {rowStride, columnStride});
  }
}
