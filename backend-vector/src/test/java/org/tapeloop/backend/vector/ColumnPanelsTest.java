package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnPanelsTest {
  @ParameterizedTest
  @CsvSource({"16,4", "8,4", "8,2", "4,2", "2,2"})
  void panelsCoverEachColumnOnceAndNoVectorStandsAlone(int lanes, int widest) {
    for (int columns = 1; columns <= 12 * lanes; columns++) {
      var panels = new ColumnPanels(columns, lanes, widest);
      int next = 0;
      for (int j = 0; j < panels.count(); j++) {
        assertEquals(next, panels.start(j));
        assertTrue(panels.vectors(j) >= 2 && panels.vectors(j) <= widest);
        assertTrue(panels.columns(j) > 0);
        next += panels.columns(j);
        assertTrue(j == panels.count() - 1 || panels.columns(j) == panels.vectors(j) * lanes);
      }
      assertEquals(columns, next);
      assertTrue(panels.padded() >= columns && panels.padded() < columns + 2 * lanes);
    }
  }
}
