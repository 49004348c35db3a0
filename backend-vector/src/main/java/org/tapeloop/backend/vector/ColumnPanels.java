package org.tapeloop.backend.vector;

/**
 * How the columns of a product are cut into panels of whole vectors.
 *
 * <p>All panels have the widest tile but the last one or two: a lone vector runs at half speed, for
 * its few accumulators wait for their own results, so five left-over vectors become three and two.
 * The last panel may reach past the last column.
 */
final class ColumnPanels {
  private final int columns;
  private final int lanes;
  private final int widest;
  private final int full;
  private final int third;
  private final int last;

  /**
   * Cuts columns.
   *
   * @param lanes elements in a vector
   * @param widest vectors in the widest tile, 2 or 4
   */
  ColumnPanels(int columns, int lanes, int widest) {
    this.columns = columns;
    this.lanes = lanes;
    this.widest = widest;
    int vectors = (columns + lanes - 1) / lanes;
    int rest = vectors % widest;
    boolean split = widest == 4 && rest == 1 && vectors > 1;
    this.full = split ? vectors / widest - 1 : vectors / widest;
    this.third = split ? 3 : 0;
    this.last = split || rest == 1 ? 2 : rest;
  }

  /** Number of panels. */
  int count() {
    return full + (third > 0 ? 1 : 0) + (last > 0 ? 1 : 0);
  }

  /** First column of a panel. */
  int start(int panel) {
    return (panel <= full ? panel * widest : full * widest + third) * lanes;
  }

  /** Vectors in a panel. */
  int vectors(int panel) {
    if (panel < full) {
      return widest;
    }
    return panel == full && third > 0 ? third : last;
  }

  /** Columns of a panel that exist. */
  int columns(int panel) {
    return Math.min(columns - start(panel), vectors(panel) * lanes);
  }

  /** Columns of all panels, those past the last one included. */
  int padded() {
    int end = count() - 1;
    return end < 0 ? 0 : start(end) + vectors(end) * lanes;
  }
}
