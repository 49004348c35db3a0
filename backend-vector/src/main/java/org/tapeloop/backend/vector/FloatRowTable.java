package org.tapeloop.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** Rows of a table by number: read them, add to them. Bound by memory. */
final class FloatRowTable {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  private FloatRowTable() {}

  /** {@code out[i, :] = table[rows[i], :]}. */
  static void gather(FloatView table, int[] rows, FloatView out) {
    Layout from = table.layout();
    Layout to = out.layout();
    int columns = to.extent(1);
    int fromStep = from.stride(1);
    int toStep = to.stride(1);
    if (columns == 0) {
      return;
    }
    for (int i = 0; i < rows.length; i++) {
      int p = from.offset() + rows[i] * from.stride(0);
      int q = to.offset() + i * to.stride(0);
      if (fromStep == 1 && toStep == 1) {
        System.arraycopy(table.array(), p, out.array(), q, columns);
        continue;
      }
      for (int j = 0; j < columns; j++, p += fromStep, q += toStep) {
        out.array()[q] = table.array()[p];
      }
    }
  }

  /**
   * {@code out[rows[i], :] += source[i, :]} in the order of i, on one thread so that repeated rows
   * keep it.
   */
  static void scatterAdd(FloatView source, int[] rows, FloatView out) {
    Layout from = source.layout();
    Layout to = out.layout();
    int columns = to.extent(1);
    int fromStep = from.stride(1);
    int toStep = to.stride(1);
    int whole = fromStep == 1 && toStep == 1 ? columns - columns % LANES : 0;
    for (int i = 0; i < rows.length; i++) {
      int p = from.offset() + i * from.stride(0);
      int q = to.offset() + rows[i] * to.stride(0);
      if (whole > 0) {
        add(source.array(), p, out.array(), q, whole);
      }
      for (int j = whole; j < columns; j++) {
        out.array()[q + j * toStep] += source.array()[p + j * fromStep];
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
