package org.tapeloop.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.ReduceKernel;

/** A part of a row program, ready to run over the rows of a tile. */
abstract class FloatStep {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  static final FloatLoop SELECT = FloatLoop.ternary(FloatLoops::select);
  private static final FloatLoop SPREAD = FloatLoop.unary(FloatLoops::spread);

  abstract void run(FloatPlace.Tile tile);

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
    private final FloatLoop loop;
    private final FloatPlace x;
    private final FloatPlace out;
    private final int width;
    private final VectorShuffle<Float> rotation;
    private final VectorMask<Float> rest;

    Fold(ReduceKernel kernel, FloatPlace x, int width, FloatPlace out) {
      this.loop = FloatFolds.of(kernel).rows;
      this.x = x;
      this.out = out;
      this.width = width;
      this.rotation = rotation(width);
      this.rest = rest(width);
    }

    /** Brings the columns that fill no vector from the end of the last vector to its start. */
    static VectorShuffle<Float> rotation(int width) {
      return VectorShuffle.iota(SPECIES, LANES - width % LANES, 1, true);
    }

    /** What columns fill no vector. */
    static VectorMask<Float> rest(int width) {
      return VectorMask.fromLong(SPECIES, (1L << width % LANES) - 1);
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
          width,
          rotation,
          rest);
    }
  }
}
