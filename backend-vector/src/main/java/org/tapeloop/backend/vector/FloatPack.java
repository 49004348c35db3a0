package org.tapeloop.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies blocks of operands into the order in which the register tiles read them. Bound by memory.
 */
final class FloatPack {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  private static final ColdStart TRANSPOSED = new ColdStart();

  private FloatPack() {}

  /**
   * Packs a panel of the right operand, element [k, j] at {@code bo + k*rs + j*cs}: step k of the
   * inner extent at {@code to + k*width}. Where the columns are fewer than {@code width}, the last
   * vector of each step holds the last columns, some of them a second time; where they are fewer
   * than a vector, zeros follow them.
   */
  static void panel(
      float[] b, int bo, int rs, int cs, int depth, int columns, int width, float[] out, int to) {
    if (columns == width) {
      block(b, bo, rs, cs, depth, columns, width, out, to);
    } else if (columns >= LANES) {
      int last = width - LANES;
      block(b, bo, rs, cs, depth, last, width, out, to);
      block(b, bo + (columns - LANES) * cs, rs, cs, depth, LANES, width, out, to + last);
    } else {
      block(b, bo, rs, cs, depth, columns, width, out, to);
      for (int k = 0; k < depth; k++) {
        Arrays.fill(out, to + k * width + columns, to + (k + 1) * width, 0);
      }
    }
  }

  /**
   * Packs some neighbouring panels of two to four vectors each, one after another, whose rows are
   * contiguous: row by row, for what comes from memory comes faster the more of it lies together. A
   * loop over so few vectors would cost more than they do: C2 makes three loops of it.
   *
   * @param ldTo distance of a row of a panel from the next
   * @param step distance of a panel from the next
   */
  static void panels(
      float[] from,
      int at,
      int ldFrom,
      int rows,
      int vectors,
      int panels,
      float[] out,
      int to,
      int ldTo,
      int step) {
    int width = vectors * LANES;
    for (int k = 0; k < rows; k++) {
      int p = at + k * ldFrom;
      int q = to + k * ldTo;
      for (int j = 0; j < panels; j++) {
        FloatVector.fromArray(SPECIES, from, p).intoArray(out, q);
        FloatVector.fromArray(SPECIES, from, p + LANES).intoArray(out, q + LANES);
        if (vectors > 2) {
          FloatVector.fromArray(SPECIES, from, p + 2 * LANES).intoArray(out, q + 2 * LANES);
        }
        if (vectors > 3) {
          FloatVector.fromArray(SPECIES, from, p + 3 * LANES).intoArray(out, q + 3 * LANES);
        }
        p += width;
        q += step;
      }
    }
  }

  /** Copies b, row k to {@code to + k*ldTo}. */
  private static void block(
      float[] b, int bo, int rs, int cs, int depth, int columns, int ldTo, float[] out, int to) {
    int vectors = columns / LANES;
    if (cs == 1 && vectors * LANES == columns && vectors >= 2 && vectors <= 4) {
      panels(b, bo, rs, depth, vectors, 1, out, to, ldTo, 0);
    } else if (cs == 1) {
      rows(b, bo, rs, depth, columns, out, to, ldTo);
    } else if (rs == 1 && depth >= LANES && columns >= LANES) {
      transposed(b, bo, cs, depth, columns, ldTo, out, to);
    } else {
      gather(b, bo, rs, cs, depth, columns, ldTo, out, to);
    }
  }

  /**
   * Copies the first elements of each row, as many as a tile has rows, next to those of the row
   * before. Whole vectors are stored: what a row has too much, the next one overwrites.
   */
  static void tile(float[] from, int at, int ldFrom, int rows, float[] out, int to) {
    int q = to;
    for (int i = 0, p = at; i < rows; i++, p += ldFrom) {
      FloatVector.fromArray(SPECIES, from, p).intoArray(out, q);
      if (LANES < VectorWidth.TILE_ROWS) {
        FloatVector.fromArray(SPECIES, from, p + LANES).intoArray(out, q + LANES);
      }
      if (2 * LANES < VectorWidth.TILE_ROWS) {
        FloatVector.fromArray(SPECIES, from, p + 2 * LANES).intoArray(out, q + 2 * LANES);
      }
      q += VectorWidth.TILE_ROWS;
    }
  }

  /**
   * Reads the first vectors of each row, four at most, so that they are near when tiles add to
   * them. Each tile reads them at its end, where nothing else is left to do until they arrive from
   * L3 or memory; here the reads of all rows are under way together.
   *
   * @param sink where a sum of what was read goes, for the compiler drops what nobody uses
   */
  static void fetch(float[] from, int at, int ldFrom, int rows, int vectors, float[] sink) {
    int second = Math.min(1, vectors - 1) * LANES;
    int third = Math.min(2, vectors - 1) * LANES;
    int fourth = Math.min(3, vectors - 1) * LANES;
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = FloatVector.zero(SPECIES);
    FloatVector c = FloatVector.zero(SPECIES);
    FloatVector d = FloatVector.zero(SPECIES);
    for (int i = 0, p = at; i < rows; i++, p += ldFrom) {
      a = a.add(FloatVector.fromArray(SPECIES, from, p));
      b = b.add(FloatVector.fromArray(SPECIES, from, p + second));
      c = c.add(FloatVector.fromArray(SPECIES, from, p + third));
      d = d.add(FloatVector.fromArray(SPECIES, from, p + fourth));
    }
    a.add(b).add(c).add(d).intoArray(sink, 0);
  }

  /** Copies rows of neighbours; the rest of a row that fills no vector is stored under a mask. */
  static void rows(
      float[] from, int at, int ldFrom, int rows, int columns, float[] out, int to, int ldTo) {
    int whole = columns - columns % LANES;
    for (int i = 0; i < rows; i++) {
      int p = at + i * ldFrom;
      int q = to + i * ldTo;
      for (int j = 0; j < whole; j += LANES) {
        FloatVector.fromArray(SPECIES, from, p + j).intoArray(out, q + j);
      }
    }
    if (whole < columns) {
      VectorMask<Float> rest = SPECIES.indexInRange(whole, columns);
      for (int i = 0; i < rows; i++) {
        FloatVector.fromArray(SPECIES, from, at + i * ldFrom + whole, rest)
            .intoArray(out, to + i * ldTo + whole, rest);
      }
    }
  }

  /** Copies the first few elements of each row to a vector of its own, zeros behind them. */
  static void padded(float[] from, int at, int ldFrom, int rows, int columns, float[] out, int to) {
    VectorMask<Float> first = SPECIES.indexInRange(0, columns);
    for (int i = 0; i < rows; i++) {
      FloatVector.fromArray(SPECIES, from, at + i * ldFrom, first).intoArray(out, to + i * LANES);
    }
  }

  /**
   * Packs a matrix whose columns are contiguous, as weights [N, K] seen as [K, N] are, by square
   * blocks. What fills no block is covered by one that begins early enough and copies some elements
   * again.
   */
  private static void transposed(
      float[] b, int bo, int cs, int depth, int columns, int width, float[] out, int to) {
    for (int n = 0; n < columns; n += LANES) {
      int column = Math.min(n, columns - LANES);
      int from = bo + column * cs;
      if (!TRANSPOSED.byVectors(depth / LANES)) {
        gather(b, from, 1, cs, depth, LANES, width, out, to + column);
        continue;
      }
      FloatBlocks.transpose(depth / LANES, b, from, cs, out, to + column, width);
      if (depth % LANES != 0) {
        int row = depth - LANES;
        FloatBlocks.transpose(1, b, from + row, cs, out, to + row * width + column, width);
      }
    }
  }

  private static void gather(
      float[] b, int bo, int rs, int cs, int depth, int columns, int width, float[] out, int to) {
    for (int n = 0; n < columns; n++) {
      int p = bo + n * cs;
      for (int k = 0; k < depth; k++, p += rs) {
        out[to + k * width + n] = b[p];
      }
    }
  }
}
