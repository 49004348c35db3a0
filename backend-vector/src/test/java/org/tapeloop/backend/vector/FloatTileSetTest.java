package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

@AtAvailableWidth
class FloatTileSetTest {
  private static final int LANES = VectorWidth.FLOAT.length();
  private static final int MANY = 1 << 20;

  @Test
  void itIsMadeAnewForAnotherProduct() {
    var tiles = new FloatTileSet();
    ColumnPanels panels = ColumnPanels.of(9 * LANES, 50, LANES, false);
    assertFalse(tiles.wasOf(panels, 20, true));
    assertTrue(tiles.wasOf(panels, 20, true));
    assertFalse(tiles.wasOf(panels, 21, true), "other rows");
    assertFalse(tiles.wasOf(panels, 21, false), "rows in place");
    assertFalse(tiles.wasOf(ColumnPanels.of(9 * LANES, 51, LANES, false), 21, false));
    assertTrue(tiles.wasOf(panels, 20, true), "and the first is still known");
  }

  @Test
  void tilesThatRunOftenAreBroughtToSpeed() {
    var tiles = new FloatTileSet();
    for (int rows = 1; rows <= 3; rows++) {
      for (int k = 0; k < 100; k++) {
        tiles.add(rows, 4, 30);
      }
    }
    tiles.warm(100, 1);
    for (int rows = 1; rows <= 3; rows++) {
      assertFalse(FloatTiles.isCold(rows, 4, 100, 1, MANY), rows + " x 4");
    }
  }

  @Test
  void thereIsRoomForSixAndOthersComeAlone() {
    var tiles = new FloatTileSet();
    for (int rows = 1; rows <= 5; rows++) {
      for (int vectors = 2; vectors <= 4; vectors++) {
        tiles.add(rows, vectors, MANY);
      }
    }
    tiles.warm(100, 1);
    int fast = 0;
    for (int rows = 1; rows <= 2; rows++) {
      for (int vectors = 2; vectors <= 4; vectors++) {
        fast += FloatTiles.isCold(rows, vectors, 100, 1, MANY) ? 0 : 1;
      }
    }
    assertEquals(6, fast);

    assertFalse(tiles.wasOf(ColumnPanels.of(9 * LANES, 52, LANES, false), 22, false));
    tiles.add(5, 3, MANY);
    tiles.warm(1, 3);
    assertFalse(FloatTiles.isCold(5, 3, 1, 3, MANY), "room again for another product");
  }
}
