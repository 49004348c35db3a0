package org.tapeloop.backend.vector;

/**
 * The rows of the left operand that pass over the column panels together, for one block of the
 * inner extent: read where they are, or copied first.
 *
 * <p>Copied tile by tile, {@link VectorWidth#TILE_ROWS} elements a step, they are one stream at
 * constant distances. In place a tile adds up an address for each of its rows, and of a transposed
 * operand it uses a part of a cache line at a time, and comes past the rest when the line has left
 * L1.
 *
 * <p>One object a thread, set anew for each block, so that a product allocates nothing.
 */
final class FloatLeft {
  private static final int LANES = VectorWidth.FLOAT.length();
  private static final int TILE_ROWS = VectorWidth.TILE_ROWS;

  /** Rows of the highest tile of rows in place, each with an address of its own. */
  static final int IN_PLACE_ROWS = 6;

  /** Steps that are copied for all tiles before the next: their pages stay in the first TLB. */
  private static final int STEPS = 16;

  private static final float[] NOTHING = {};

  private static final ColdStart INTERLEAVED = new ColdStart();
  private static final ColdStart PAIRED = new ColdStart();

  /** What tiles read ahead in the next call of {@link #times}. */
  final FloatAhead ahead = new FloatAhead();

  private final FloatTileSet tiles = new FloatTileSet();
  private float[] room = NOTHING;
  private float[] array = NOTHING;
  private int offset;
  private int rows;
  private int depth;
  private int rowStride;
  private int columnStride;
  private boolean tiled;
  private int tileRows;

  /** Of what was read ahead: written, so that the reads are not dropped, and never used. */
  @SuppressWarnings("UnusedVariable")
  private float seen;

  /** Reads rows where they are. */
  void inPlace(float[] a, int ao, int rows, int depth, int rowStride, int columnStride) {
    this.array = a;
    this.offset = ao;
    this.rows = rows;
    this.depth = depth;
    this.rowStride = rowStride;
    this.columnStride = columnStride;
    this.tiled = false;
  }

  /** Reads the rows that were copied last once more. */
  void again() {
    array = room;
  }

  /** Lets go of the caller's array. */
  void release() {
    array = NOTHING;
  }

  /**
   * Copies the rows that were set, in the order in which tiles read them.
   *
   * @param highest rows of a tile at most
   */
  void copy(int highest) {
    this.tileRows = highest;
    float[] from = array;
    int at = offset;
    int size = tileAt((rows + highest - 1) / highest);
    room = room.length < size ? FloatLines.array(size) : room;
    array = room;
    offset = 0;
    if (columnStride == 1
        && depth >= LANES
        && TILE_ROWS == FloatBlocks.ROWS
        && INTERLEAVED.byVectors(depth / LANES * ((rows + highest - 1) / highest))) {
      interleave(from, at);
    } else {
      copyBySteps(from, at);
    }
    tiled = true;
    rowStride = 1;
    columnStride = TILE_ROWS;
  }

  private void interleave(float[] from, int at) {
    int row = 0;
    for (int tile = 0; row < rows; tile++) {
      int count = copiedHeight(row);
      int first = at + row * rowStride;
      int to = tileAt(tile);
      FloatBlocks.interleave(depth / LANES, from, first, rowStride, count - 1, room, to);
      if (depth % LANES != 0) {
        int k = depth - LANES;
        FloatBlocks.interleave(1, from, first + k, rowStride, count - 1, room, to + k * TILE_ROWS);
      }
      row += count;
    }
  }

  private void copyBySteps(float[] from, int at) {
    int paired = rowStride == 1 && depth > 1 ? pairedTiles() : 0;
    if (paired > 0 && !PAIRED.byVectors(paired / 2 * (depth / 2))) {
      paired = 0;
    }
    for (int k = 0; k < depth; k += STEPS) {
      int steps = Math.min(STEPS, depth - k);
      int even = steps - steps % 2;
      int p = at + k * columnStride;
      int q = k * TILE_ROWS;
      if (paired > 0) {
        FloatBlocks.pairs(
            paired / 2, even, from, p, columnStride, room, tileAt(0) + q, tileAt(1) - tileAt(0));
      }
      int row = 0;
      for (int tile = 0; row < rows; tile++) {
        int count = copiedHeight(row);
        int copied = tile < paired ? even : 0;
        if (copied < steps) {
          copyTile(
              from,
              p + row * rowStride + copied * columnStride,
              count,
              steps - copied,
              tileAt(tile) + q + copied * TILE_ROWS);
        }
        row += count;
      }
    }
  }

  /** Tiles whose rows are halves of vectors, an even number. */
  private int pairedTiles() {
    if (LANES != 2 * TILE_ROWS || tileRows != TILE_ROWS) {
      return 0;
    }
    int tiles = 0;
    while (tiles * TILE_ROWS < rows && copiedHeight(tiles * TILE_ROWS) == TILE_ROWS) {
      tiles++;
    }
    return tiles - tiles % 2;
  }

  /** Where a copied tile begins; the last vector of a tile ends behind its last element. */
  private int tileAt(int tile) {
    return FloatLines.FIRST + tile * (TILE_ROWS * depth + LANES);
  }

  private void copyTile(float[] from, int at, int count, int steps, int to) {
    int last = at + (steps - 1) * columnStride;
    if (rowStride == 1 && Math.max(at, last) + FloatGemm.roundUp(TILE_ROWS, LANES) <= from.length) {
      FloatPack.tile(from, at, columnStride, steps, room, to);
      return;
    }
    for (int k = 0; k < steps; k++) {
      for (int i = 0; i < count; i++) {
        room[to + k * TILE_ROWS + i] = from[at + k * columnStride + i * rowStride];
      }
    }
  }

  /**
   * Height of the tile of copied rows that begins with a row: the last two share what is left, for
   * a tile of one or two rows has too few accumulators, and all others are of one height, so that
   * few kinds of tiles have to be compiled.
   */
  private int copiedHeight(int row) {
    int left = rows - row;
    if (left <= tileRows) {
      return left;
    }
    return left < 2 * tileRows ? (left + 1) / 2 : tileRows;
  }

  /** The same of rows in place: tiles of nearly equal heights. */
  private int heightInPlace(int row, int highest) {
    int tiles = (rows + highest - 1) / highest;
    int larger = rows - tiles * (rows / tiles);
    int height = rows / tiles;
    return row < larger * (height + 1) ? height + 1 : height;
  }

  /**
   * All rows times some neighbouring panels of one width.
   *
   * @param step distance of a panel of b from the next
   * @param count panels
   */
  void times(
      float alpha,
      float[] b,
      int bo,
      int ldb,
      int lastOfB,
      int step,
      int vectors,
      int count,
      float beta,
      float[] c,
      int co,
      int ldc,
      int lastOfC) {
    int highest = tileRows(vectors);
    int width = vectors * LANES;
    if (rows == 1 && count > 1) {
      row(alpha, b, bo, ldb, lastOfB, step, vectors, count, beta, c, co, lastOfC);
      return;
    }
    ahead.share((rows + highest - 1) / highest * count, depth);
    int tile = 0;
    for (int row = 0; row < rows; tile++) {
      int height = tiled ? copiedHeight(row) : heightInPlace(row, highest);
      int from = tiled ? tileAt(tile) : offset + row * rowStride;
      int parts = (height + highest - 1) / highest;
      for (int part = 0; part < parts; part++) {
        int first = height * part / parts;
        int last = height * (part + 1) / parts;
        for (int j = 0; j < count; j++) {
          ahead.aim(depth);
          seen +=
              FloatTiles.run(
                  last - first,
                  vectors,
                  depth,
                  array,
                  from + first * rowStride,
                  rowStride,
                  columnStride,
                  b,
                  bo + j * step,
                  ldb,
                  lastOfB,
                  alpha,
                  beta,
                  c,
                  co + (row + first) * ldc + j * width,
                  ldc,
                  lastOfC,
                  ahead.array(),
                  ahead.from(),
                  ahead.pace(),
                  ahead.back());
        }
      }
      row += height;
    }
    ahead.clear();
  }

  /**
   * Brings the tiles to speed that all rows and some packed panels need, unless a product shortly
   * before has.
   */
  void warm(ColumnPanels panels, int fromPanel, int toPanel) {
    if (!tiles.wasOf(panels, rows, tiled)) {
      addTiles(panels.vectors(fromPanel), toPanel - fromPanel - 1);
      addTiles(panels.vectors(toPanel - 1), 1);
      tiles.warm(rowStride, columnStride);
    }
  }

  private void addTiles(int vectors, int panels) {
    int highest = tileRows(vectors);
    for (int row = 0; row < rows; ) {
      int height = tiled ? copiedHeight(row) : heightInPlace(row, highest);
      if (height <= highest) {
        tiles.add(height, vectors, depth * panels);
      }
      row += height;
    }
  }

  /** Panels that a single row meets together where there are so many. */
  static int panelsTogether(int vectors) {
    return vectors == 3 ? 5 : 4;
  }

  /** One row, many or two panels at a time. */
  private void row(
      float alpha,
      float[] b,
      int bo,
      int ldb,
      int lastOfB,
      int step,
      int vectors,
      int count,
      float beta,
      float[] c,
      int co,
      int lastOfC) {
    int width = vectors * LANES;
    int many = panelsTogether(vectors);
    int j = 0;
    while (j + 1 < count) {
      int panels = j + many <= count ? many : 2;
      int p = bo + j * step;
      int to = co + j * width;
      FloatTiles.panels(
          panels, vectors, depth, array, offset, columnStride, b, p, step, ldb, alpha, beta, c, to);
      j += panels;
    }
    if (j < count) {
      FloatTiles.run(
          1,
          vectors,
          depth,
          array,
          offset,
          rowStride,
          columnStride,
          b,
          bo + j * step,
          ldb,
          lastOfB,
          alpha,
          beta,
          c,
          co + j * width,
          0,
          lastOfC,
          FloatAhead.NOTHING,
          0,
          0,
          0);
    }
  }

  /**
   * All rows times fewer columns than a vector has: tiles go to a side buffer, and what exists is
   * copied.
   */
  void narrow(
      float alpha,
      float[] b,
      int bo,
      int ldb,
      int columns,
      float beta,
      float[] c,
      int co,
      int ldc,
      float[] side) {
    int width = 2 * LANES;
    for (int row = 0; row < rows; row += TILE_ROWS) {
      int height = Math.min(TILE_ROWS, rows - row);
      int from = co + row * ldc;
      if (beta != 0) {
        copyRows(c, from, ldc, height, columns, side, 0, width);
      }
      FloatTiles.run(
          height,
          2,
          depth,
          array,
          offset + row * rowStride,
          rowStride,
          columnStride,
          b,
          bo,
          ldb,
          LANES,
          alpha,
          beta,
          side,
          0,
          width,
          LANES,
          FloatAhead.NOTHING,
          0,
          0,
          0);
      copyRows(side, 0, width, height, columns, c, from, ldc);
    }
  }

  /** Without a mask: where C2 does not inline all that makes one, it becomes an object. */
  private static void copyRows(
      float[] from, int at, int ldFrom, int rows, int columns, float[] to, int start, int ldTo) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(from, at + i * ldFrom, to, start + i * ldTo, columns);
    }
  }

  /**
   * Rows of the highest tile: its accumulators, a vector of b for each column vector and one
   * element of a fill the registers.
   */
  private int tileRows(int vectors) {
    int rows = (VectorWidth.REGISTERS - 1) / vectors - 1;
    return Math.min(tiled ? TILE_ROWS : IN_PLACE_ROWS, rows);
  }
}
