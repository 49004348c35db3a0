package org.tapeloop.backend.openblas;

import java.util.Arrays;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.RowWalk;

/**
 * A run of elements taken out of a strided view into a small array, so that a loop over it starts
 * at index 0.
 *
 * <p>C2 vectorises a loop over several arrays only where all have the same index: with different
 * offsets it can't rule out that one store feeds a later load. Tiles also gather short rows, so
 * that every loop is long. 1024 elements of each of four operands stay in L1.
 */
final class FloatTile {
  static final int LENGTH = 1024;

  private FloatTile() {}

  /** Elements {@code from..from+count-1} of operand k of a walk, in row-major order. */
  static void load(RowWalk walk, int k, FloatView view, int from, int count, float[] tile) {
    float[] array = view.array();
    int length = walk.rowLength();
    int step = walk.step(k);
    for (int done = 0; done < count; ) {
      int row = (from + done) / length;
      int column = (from + done) - row * length;
      int run = Math.min(length - column, count - done);
      walk.seek(row);
      int position = walk.start(k) + column * step;
      if (step == 1) {
        System.arraycopy(array, position, tile, done, run);
      } else if (step == 0) {
        Arrays.fill(tile, done, done + run, array[position]);
      } else {
        for (int i = 0; i < run; i++) {
          tile[done + i] = array[position + i * step];
        }
      }
      done += run;
    }
  }

  /** The reverse of {@link #load}. */
  static void store(RowWalk walk, int k, FloatView view, int from, int count, float[] tile) {
    float[] array = view.array();
    int length = walk.rowLength();
    int step = walk.step(k);
    for (int done = 0; done < count; ) {
      int row = (from + done) / length;
      int column = (from + done) - row * length;
      int run = Math.min(length - column, count - done);
      walk.seek(row);
      int position = walk.start(k) + column * step;
      if (step == 1) {
        System.arraycopy(tile, done, array, position, run);
      } else {
        for (int i = 0; i < run; i++) {
          array[position + i * step] = tile[done + i];
        }
      }
      done += run;
    }
  }

  /** One line of a view: elements a step apart. */
  static void loadLine(float[] array, int position, int step, int count, float[] tile) {
    if (step == 1) {
      System.arraycopy(array, position, tile, 0, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      tile[i] = array[position + i * step];
    }
  }

  /** The reverse of {@link #loadLine}. */
  static void storeLine(float[] tile, float[] array, int position, int step, int count) {
    if (step == 1) {
      System.arraycopy(tile, 0, array, position, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      array[position + i * step] = tile[i];
    }
  }
}
