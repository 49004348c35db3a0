package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnPanelsTest {
  @ParameterizedTest
  @CsvSource({"16,4", "16,3", "8,4", "8,3", "8,2", "4,2", "2,2"})
  void panelsCoverEachColumnOnceAndFewVectorsStandAlone(int lanes, int usual) {
    for (int depth : new int[] {1, 50, 106, 107, 768}) {
      for (int columns = 1; columns <= 14 * lanes; columns++) {
        var panels = new ColumnPanels(columns, depth, lanes, usual);
        int next = 0;
        int packed = 0;
        for (int j = 0; j < panels.count(); j++) {
          assertEquals(next, panels.start(j));
          assertTrue(panels.vectors(j) <= ColumnPanels.widest(usual));
          assertTrue(panels.vectors(j) >= (usual == 4 && columns > 4 * lanes ? 3 : 2));
          assertTrue(panels.columns(j) > 0);
          next += panels.columns(j);
          packed += panels.vectors(j) * lanes;
          assertTrue(j == panels.count() - 1 || panels.columns(j) == panels.vectors(j) * lanes);
        }
        assertEquals(columns, next);
        assertEquals(packed, panels.packed());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"16,4", "16,3", "8,2"})
  void theLastVectorOfAPanelEndsWithItsColumnsAndLeavesNoneUncovered(int lanes, int usual) {
    for (int columns = lanes; columns <= 14 * lanes; columns++) {
      var panels = new ColumnPanels(columns, 100, lanes, usual);
      assertFalse(panels.narrow());
      for (int j = 0; j < panels.count(); j++) {
        int last = panels.lastVector(j);
        assertEquals(panels.columns(j), last + lanes);
        assertTrue(last >= 0 && last <= (panels.vectors(j) - 1) * lanes);
      }
    }
    assertTrue(new ColumnPanels(lanes - 1, 100, lanes, usual).narrow());
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 28, 40, 64})
  void noPanelsOfTwoStandWhereThoseOfFourComeOutEven(int vectors) {
    int lanes = FloatLoop.EACH;
    var panels = ColumnPanels.of(vectors * lanes, 100, lanes, false);
    for (int j = 0; j < panels.count(); j++) {
      assertEquals(panels.usual(), panels.vectors(j));
    }
  }
}
