package org.tapeloop.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.FloatView;

/** Rows of a table by number: read them, add to them. Bound by memory. */
final class FloatRowTable {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  private FloatRowTable() {}

  /** {@code out[i, :] = table[rows[i], :]}. */
  static void gather(FloatView table, int[] rows, FloatView out) {
    FloatMatrix from = FloatMatrix.of(table);
    FloatMatrix to = FloatMatrix.of(out);
    boolean contiguous = from.columnStride() == 1 && to.columnStride() == 1;
    if (to.columns() == 0) {
      return;
    }
    for (int i = 0; i < rows.length; i++) {
      int p = from.position(rows[i], 0);
      int q = to.position(i, 0);
      if (contiguous) {
        System.arraycopy(from.array(), p, to.array(), q, to.columns());
        continue;
      }
      for (int j = 0; j < to.columns(); j++, p += from.columnStride(), q += to.columnStride()) {
        to.array()[q] = from.array()[p];
      }
    }
  }

  /**
   * {@code out[rows[i], :] += source[i, :]} in the order of i, on one thread so that repeated rows
   * keep it.
   */
  static void scatterAdd(FloatView source, int[] rows, FloatView out) {
    FloatMatrix from = FloatMatrix.of(source);
    FloatMatrix to = FloatMatrix.of(out);
    int columns = to.columns();
    boolean contiguous = from.columnStride() == 1 && to.columnStride() == 1;
    int whole = contiguous ? columns - columns % LANES : 0;
    for (int i = 0; i < rows.length; i++) {
      int p = from.position(i, 0);
      int q = to.position(rows[i], 0);
      if (whole > 0) {
        add(from.array(), p, to.array(), q, whole);
      }
      for (int j = whole; j < columns; j++) {
        to.array()[q + j * to.columnStride()] += from.array()[p + j * from.columnStride()];
      }
    }
  }

  private static void add(float[] from, int p, float[] to, int q, int n) {
    for (int j = 0; j < n; j += LANES) {
      FloatVector.fromArray(SPECIES, to, q + j)
          .add(FloatVector.fromArray(SPECIES, from, p + j))
          .intoArray(to, q + j);
    }
  }
}
