package org.tapeloop.backend.vector;

import org.jspecify.annotations.Nullable;

/**
 * The register tiles that a product needs, to be brought to speed together the first time: one
 * after another, each would wait for the JIT compiler alone.
 */
final class FloatTileSet {
  /** Two widths of panels, and of each tiles of up to three heights. */
  private static final int MOST = 6;

  private static final int LATEST = 8;

  private final int[] rows = new int[MOST];
  private final int[] vectors = new int[MOST];
  private final int[] steps = new int[MOST];
  private int count;

  /** What the latest products were, for those of a step take turns. */
  private final @Nullable ColumnPanels[] panels = new @Nullable ColumnPanels[LATEST];

  private final int[] heights = new int[LATEST];
  private final boolean[] copies = new boolean[LATEST];
  private int next;

  /** Whether the set was that of such a product a short while ago; otherwise it is now. */
  boolean wasOf(ColumnPanels panels, int height, boolean copied) {
    for (int i = 0; i < LATEST; i++) {
      if (this.panels[i] == panels && heights[i] == height && copies[i] == copied) {
        return true;
      }
    }
    this.panels[next] = panels;
    heights[next] = height;
    copies[next] = copied;
    next = (next + 1) % LATEST;
    return false;
  }

  /** Adds a tile that runs so many steps. */
  void add(int rows, int vectors, int steps) {
    int i = 0;
    while (i < count && (this.rows[i] != rows || this.vectors[i] != vectors)) {
      i++;
    }
    if (i == MOST) {
      return;
    }
    if (i == count) {
      this.rows[i] = rows;
      this.vectors[i] = vectors;
      this.steps[i] = 0;
      count++;
    }
    this.steps[i] += steps;
  }

  /** Brings those to speed that are slow, and run often enough for that; the set is empty then. */
  void warm(int rowStride, int columnStride) {
    int cold = 0;
    for (int i = 0; i < count; i++) {
      if (FloatTiles.isCold(rows[i], vectors[i], rowStride, columnStride, steps[i])) {
        rows[cold] = rows[i];
        vectors[cold] = vectors[i];
        cold++;
      }
    }
    count = 0;
    if (cold > 0) {
      FloatTiles.warm(cold, rows, vectors, rowStride, columnStride);
    }
  }
}
