package org.tapeloop.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.ReduceKernel;

/**
 * One instruction of a row program, ready to run over the rows of a tile.
 *
 * <p>Columns that fill no vector are computed as a vector that ends with the row and overlaps the
 * one before: nothing beyond a row is read or written, and no loop has a mask. Where the result
 * replaces an operand, that vector of the operand is set aside first, for some of its columns will
 * have been overwritten. Whether two operands are one place is known only when a program runs.
 */
abstract class FloatStep {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  private static final FloatLoop COPY = FloatLoop.unary(FloatLoops::copy);
  private static final FloatLoop SELECT = FloatLoop.ternary(FloatLoops::select);
  private static final FloatLoop SPREAD = FloatLoop.unary(FloatLoops::spread);

  abstract void run(FloatPlace.Tile tile);

  /** A loop over columns of at least one vector. */
  private abstract static class Wide extends FloatStep {
    final FloatPlace out;
    final int width;

    /** Keeps the overlapping vectors of an operand that the result replaces. */
    private final FloatPlace side;

    Wide(FloatPlace out, int width, FloatPlace.Register side) {
      this.out = out;
      this.width = width;
      this.side = side.place;
    }

    @Override
    final void run(FloatPlace.Tile tile) {
      if (isDense(tile)) {
        run(tile, 1, tile.rows * width);
      } else {
        run(tile, tile.rows, width);
      }
    }

    /** Whether the rows of the result and of all operands follow one another, as one long row. */
    abstract boolean isDense(FloatPlace.Tile tile);

    abstract void run(FloatPlace.Tile tile, int rows, int n);

    final boolean isDense(FloatPlace place, FloatPlace.Tile tile) {
      return place.stride(tile) == width;
    }

    /** Where the overlapping vector begins, or 0 where none is needed. */
    static int last(int n) {
      return n % LANES == 0 ? 0 : n - LANES;
    }

    /** Where to read the overlapping vectors of an operand from. */
    final FloatPlace behind(FloatPlace x, FloatPlace.Tile tile, int rows, int last) {
      if (last == 0 || x.array(tile) != out.array(tile) || x.start(tile) != out.start(tile)) {
        return x;
      }
      COPY.unary(
          x.array(tile),
          x.start(tile) + last,
          x.stride(tile),
          side.array(tile),
          side.start(tile),
          LANES,
          rows,
          LANES);
      return side;
    }

    /** Where the overlapping vector of an operand begins in its row. */
    final int from(FloatPlace x, int last) {
      return x == side ? 0 : last;
    }
  }

  static final class WideUnary extends Wide {
    private final FloatLoop loop;
    private final FloatPlace x;

    WideUnary(FloatLoop loop, FloatPlace x, FloatPlace out, int width, FloatPlace.Register side) {
      super(out, width, side);
      this.loop = loop;
      this.x = x;
    }

    static WideUnary copy(FloatPlace x, FloatPlace out, int width, FloatPlace.Register side) {
      return new WideUnary(COPY, x, out, width, side);
    }

    @Override
    boolean isDense(FloatPlace.Tile tile) {
      return isDense(x, tile) && isDense(out, tile);
    }

    @Override
    void run(FloatPlace.Tile tile, int rows, int n) {
      int last = last(n);
      FloatPlace tail = behind(x, tile, rows, last);
      part(tile, x, 0, 0, rows, n - n % LANES);
      if (last > 0) {
        part(tile, tail, from(tail, last), last, rows, LANES);
      }
    }

    private void part(FloatPlace.Tile tile, FloatPlace x, int xFrom, int from, int rows, int n) {
      loop.unary(
          x.array(tile),
          x.start(tile) + xFrom,
          x.stride(tile),
          out.array(tile),
          out.start(tile) + from,
          out.stride(tile),
          rows,
          n);
    }
  }

  /**
   * An operand of a wide loop.
   *
   * @param stretched whether one vector stands for the row
   */
  record Operand(FloatPlace place, boolean stretched) {}

  static final class WideBinary extends Wide {
    private final FloatLoop loop;
    private final FloatPlace a;
    private final FloatPlace b;
    private final int av;
    private final int bv;

    WideBinary(
        FloatLoop loop, Operand a, Operand b, FloatPlace out, int width, FloatPlace.Register side) {
      super(out, width, side);
      this.loop = loop;
      this.a = a.place;
      this.b = b.place;
      this.av = a.stretched ? 0 : LANES;
      this.bv = b.stretched ? 0 : LANES;
    }

    @Override
    boolean isDense(FloatPlace.Tile tile) {
      return av + bv == 2 * LANES && isDense(a, tile) && isDense(b, tile) && isDense(out, tile);
    }

    @Override
    void run(FloatPlace.Tile tile, int rows, int n) {
      int last = last(n);
      FloatPlace aTail = behind(a, tile, rows, last);
      FloatPlace bTail = behind(b, tile, rows, last);
      part(tile, a, 0, b, 0, 0, rows, n - n % LANES);
      if (last > 0) {
        int aFrom = av == 0 ? 0 : from(aTail, last);
        int bFrom = bv == 0 ? 0 : from(bTail, last);
        part(tile, aTail, aFrom, bTail, bFrom, last, rows, LANES);
      }
    }

    private void part(
        FloatPlace.Tile tile,
        FloatPlace a,
        int aFrom,
        FloatPlace b,
        int bFrom,
        int from,
        int rows,
        int n) {
      loop.binary(
          a.array(tile),
          a.start(tile) + aFrom,
          a.stride(tile),
          av,
          b.array(tile),
          b.start(tile) + bFrom,
          b.stride(tile),
          bv,
          out.array(tile),
          out.start(tile) + from,
          out.stride(tile),
          rows,
          n);
    }
  }

  static final class WideSelect extends Wide {
    private final FloatPlace condition;
    private final FloatPlace a;
    private final FloatPlace b;
    private final int cv;
    private final int av;
    private final int bv;

    WideSelect(
        Operand condition,
        Operand a,
        Operand b,
        FloatPlace out,
        int width,
        FloatPlace.Register side) {
      super(out, width, side);
      this.condition = condition.place;
      this.a = a.place;
      this.b = b.place;
      this.cv = condition.stretched ? 0 : LANES;
      this.av = a.stretched ? 0 : LANES;
      this.bv = b.stretched ? 0 : LANES;
    }

    @Override
    boolean isDense(FloatPlace.Tile tile) {
      return cv + av + bv == 3 * LANES
          && isDense(condition, tile)
          && isDense(a, tile)
          && isDense(b, tile)
          && isDense(out, tile);
    }

    @Override
    void run(FloatPlace.Tile tile, int rows, int n) {
      int last = last(n);
      FloatPlace cTail = behind(condition, tile, rows, last);
      FloatPlace aTail = behind(a, tile, rows, last);
      FloatPlace bTail = behind(b, tile, rows, last);
      part(tile, condition, 0, a, 0, b, 0, 0, rows, n - n % LANES);
      if (last > 0) {
        int cFrom = cv == 0 ? 0 : from(cTail, last);
        int aFrom = av == 0 ? 0 : from(aTail, last);
        int bFrom = bv == 0 ? 0 : from(bTail, last);
        part(tile, cTail, cFrom, aTail, aFrom, bTail, bFrom, last, rows, LANES);
      }
    }

    private void part(
        FloatPlace.Tile tile,
        FloatPlace condition,
        int cFrom,
        FloatPlace a,
        int aFrom,
        FloatPlace b,
        int bFrom,
        int from,
        int rows,
        int n) {
      SELECT.ternary(
          condition.array(tile),
          condition.start(tile) + cFrom,
          condition.stride(tile),
          cv,
          a.array(tile),
          a.start(tile) + aFrom,
          a.stride(tile),
          av,
          b.array(tile),
          b.start(tile) + bFrom,
          b.stride(tile),
          bv,
          out.array(tile),
          out.start(tile) + from,
          out.stride(tile),
          rows,
          n);
    }
  }

  /** Spreads one column over at least one vector. */
  static final class Spread extends FloatStep {
    private final FloatPlace x;
    private final FloatPlace out;
    private final int width;

    Spread(FloatPlace x, FloatPlace out, int width) {
      this.x = x;
      this.out = out;
      this.width = width;
    }

    @Override
    void run(FloatPlace.Tile tile) {
      float[] xa = x.array(tile);
      int xo = x.start(tile);
      int xs = x.stride(tile);
      float[] array = out.array(tile);
      int oo = out.start(tile);
      int os = out.stride(tile);
      int whole = width - width % LANES;
      SPREAD.unary(xa, xo, xs, array, oo, os, tile.rows, whole);
      if (whole < width) {
        SPREAD.unary(xa, xo, xs, array, oo + width - LANES, os, tile.rows, LANES);
      }
    }
  }

  /** A loop over registers narrower than a vector, all of one width: the tile is one line. */
  static final class Narrow extends FloatStep {
    private final FloatLoop loop;
    private final FloatPlace a;
    private final FloatPlace b;
    private final FloatPlace c;
    private final FloatPlace out;
    private final int width;

    private Narrow(
        FloatLoop loop, FloatPlace a, FloatPlace b, FloatPlace c, FloatPlace out, int width) {
      this.loop = loop;
      this.a = a;
      this.b = b;
      this.c = c;
      this.out = out;
      this.width = width;
    }

    static Narrow unary(FloatLoop loop, FloatPlace x, FloatPlace out, int width) {
      return new Narrow(loop, x, x, x, out, width);
    }

    static Narrow binary(FloatLoop loop, FloatPlace a, FloatPlace b, FloatPlace out, int width) {
      return new Narrow(loop, a, b, b, out, width);
    }

    static Narrow select(
        FloatPlace condition, FloatPlace a, FloatPlace b, FloatPlace out, int width) {
      return new Narrow(SELECT, condition, a, b, out, width);
    }

    @Override
    void run(FloatPlace.Tile tile) {
      float[] scratch = out.array(tile);
      int n = FloatGemm.roundUp(tile.rows * width, LANES);
      loop.run(
          scratch,
          a.start(tile),
          scratch,
          b.start(tile),
          scratch,
          c.start(tile),
          scratch,
          out.start(tile),
          n);
    }
  }

  /** Copies columns one by one: narrow values from and to where their rows are apart. */
  static final class Gather extends FloatStep {
    private final FloatPlace x;
    private final int step;
    private final FloatPlace out;
    private final int width;

    /**
     * @param stretched whether x has one column only
     */
    Gather(FloatPlace x, boolean stretched, FloatPlace out, int width) {
      this.x = x;
      this.step = stretched ? 0 : 1;
      this.out = out;
      this.width = width;
    }

    @Override
    void run(FloatPlace.Tile tile) {
      float[] from = x.array(tile);
      int p = x.start(tile);
      int ps = x.stride(tile);
      float[] to = out.array(tile);
      int q = out.start(tile);
      int qs = out.stride(tile);
      for (int r = 0; r < tile.rows; r++, p += ps, q += qs) {
        for (int i = 0; i < width; i++) {
          to[q + i] = from[p + i * step];
        }
      }
    }
  }

  /** Writes one number to whole registers. */
  static final class Fill extends FloatStep {
    private final FloatPlace.Register out;
    private final float value;

    Fill(FloatPlace.Register out, float value) {
      this.out = out;
      this.value = value;
    }

    @Override
    void run(FloatPlace.Tile tile) {
      int from = out.base;
      Arrays.fill(out.place.array(tile), from, from + out.size(tile.rows), value);
    }
  }

  /** Reduces columns, at least one vector of them, to one. */
  static final class Fold extends FloatStep {
    private static final FloatLoop SUM = FloatLoop.fold(FloatLoops::sum);
    private static final FloatLoop PRODUCT = FloatLoop.fold(FloatLoops::product);
    private static final FloatLoop MAX = FloatLoop.fold(FloatLoops::largest);
    private static final FloatLoop MIN = FloatLoop.fold(FloatLoops::smallest);

    private final FloatLoop loop;
    private final FloatPlace x;
    private final FloatPlace out;
    private final int whole;
    private final VectorMask<Float> rest;

    Fold(ReduceKernel kernel, FloatPlace x, int width, FloatPlace out) {
      this.loop =
          switch (kernel) {
            case SUM -> SUM;
            case PRODUCT -> PRODUCT;
            case MAX -> MAX;
            case MIN -> MIN;
          };
      this.x = x;
      this.out = out;
      this.whole = width - width % LANES;
      this.rest = VectorMask.fromLong(SPECIES, (1L << width % LANES) - 1);
    }

    @Override
    void run(FloatPlace.Tile tile) {
      loop.fold(
          x.array(tile),
          x.start(tile),
          x.stride(tile),
          out.array(tile),
          out.start(tile),
          out.stride(tile),
          tile.rows,
          whole,
          rest);
    }
  }
}
