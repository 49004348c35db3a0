package org.tapeloop.backend.vector;

/**
 * How the columns of a product are cut into panels of whole vectors.
 *
 * <p>A tile of eight rows and three vectors reads less of a panel for each multiply-add than one of
 * six rows and four vectors, but its rows have to be copied first. That is where many columns share
 * the cost, or where rows are copied anyway, transposed or many; with few, and with the 16
 * registers that hold two vectors, rows are read in place. So they are where panels of three would
 * end with two of two, and panels of four come out even.
 *
 * <p>One or two vectors by themselves have too few accumulators to hide that each waits for its own
 * result. So where they would be left over, the last panel has one more than usual; two more where
 * it stays in L1, or else the last six vectors become three and three, for a tile that wide meets
 * so few rows that reading it from L2 would bound it. Of copied rows a tile of two vectors has
 * enough accumulators, and a single vector makes the last two panels.
 *
 * <p>The last vector of a panel ends with the last column, and so begins inside the one before it
 * where columns are no multiple of the lanes: what both cover is computed twice, which is cheaper
 * than a mask or a buffer beside the output. Only fewer columns than lanes leave no room for that.
 */
final class ColumnPanels {
  /** Vectors of a panel of six that stays in an L1 of 48 KiB: 40 KiB of 512 bits each. */
  private static final int IN_L1 = 640;

  /** Vectors of so many columns that copying rows whose elements are neighbours pays. */
  private static final int MANY = 12;

  /** From so many rows on it does. */
  private static final int MANY_ROWS = 8;

  /**
   * Vectors of so many columns that it pays for transposed rows, of which a tile in place would use
   * a part of a cache line at a time, and for many rows, of which the next are read ahead.
   */
  private static final int MANY_FOR_COPIES = 6;

  private final int columns;
  private final int depth;
  private final int lanes;
  private final int usual;
  private final int full;
  private final int rest;
  private final int last;

  /**
   * Cuts columns.
   *
   * @param depth steps of the inner extent that a panel holds
   * @param lanes elements in a vector
   * @param usual vectors in a panel, 2, 3 or 4
   */
  ColumnPanels(int columns, int depth, int lanes, int usual) {
    this.columns = columns;
    this.depth = depth;
    this.lanes = lanes;
    this.usual = usual;
    int vectors = (columns + lanes - 1) / lanes;
    int over = vectors % usual;
    boolean merged = vectors > usual && (over == 1 || (over == 2 && usual != 3));
    this.full = vectors / usual - (merged ? 1 : 0);
    int left = vectors - full * usual;
    boolean halved = usual == 3 ? left == 4 : left == 6 && depth > IN_L1 / left;
    this.rest = left == 0 ? 0 : halved ? 2 : 1;
    this.last = left == 1 ? 2 : halved ? left / 2 : left;
  }

  /**
   * The panels that suit this machine.
   *
   * @param copied whether the rows that meet them are copied even if columns are few
   */
  static ColumnPanels of(int columns, int depth, int lanes, boolean copied) {
    return new ColumnPanels(columns, depth, lanes, usual(columns, lanes, copied));
  }

  /** Vectors in all panels but the last. */
  static int usual(int columns, int lanes, boolean copied) {
    int many = copied ? MANY_FOR_COPIES : MANY;
    int vectors = (columns + lanes - 1) / lanes;
    boolean endsInTwos = !copied && vectors % 3 == 1 && vectors % 4 == 0;
    return VectorWidth.REGISTERS == 16 ? 2 : columns < many * lanes || endsInTwos ? 4 : 3;
  }

  /** Vectors in a panel at most. */
  static int widest(int usual) {
    return usual == 4 ? 6 : 3;
  }

  /** Whether these are what the constructor makes of such arguments and the same lanes. */
  boolean isOf(int columns, int depth, int usual) {
    return this.columns == columns && this.depth == depth && this.usual == usual;
  }

  /** Vectors in all panels but the last. */
  int usual() {
    return usual;
  }

  /** Rows of a tile of copied rows at most. */
  int copiedRows() {
    return usual == 3 ? VectorWidth.TILE_ROWS : FloatLeft.IN_PLACE_ROWS;
  }

  /** Whether rows are copied before they meet the panels. */
  boolean meetCopies(int rows, boolean transposed) {
    return transposed ? copiesTransposed(rows, columns, lanes) : usual == 3 && rows >= MANY_ROWS;
  }

  /** Whether transposed rows are copied before they meet so many columns. */
  static boolean copiesTransposed(int rows, int columns, int lanes) {
    return rows > 1 && columns >= MANY_FOR_COPIES * lanes;
  }

  /** Number of panels. */
  int count() {
    return full + rest;
  }

  /** First column of a panel. */
  int start(int panel) {
    return (panel <= full ? panel * usual : full * usual + (panel - full) * last) * lanes;
  }

  /** Vectors in a panel. */
  int vectors(int panel) {
    return panel < full ? usual : last;
  }

  /** Columns of a panel. */
  int columns(int panel) {
    return Math.min(columns - start(panel), vectors(panel) * lanes);
  }

  /** Whether there are too few columns for a vector. */
  boolean narrow() {
    return columns < lanes;
  }

  /**
   * Where the last vector of a panel begins, counted from its first column; 0 or more unless
   * narrow.
   */
  int lastVector(int panel) {
    return columns(panel) - lanes;
  }

  /**
   * Elements of a row of all panels when packed, with columns that two vectors cover counted twice.
   */
  int packed() {
    return (full * usual + rest * last) * lanes;
  }
}
