package org.tapeloop.backend.vector;

/**
 * A loop over columns that fill at least one vector.
 *
 * <p>Columns that fill no vector are computed as a vector that ends with the row and overlaps the
 * one before: nothing beyond a row is read or written, and no loop has a mask. Where the result
 * replaces an operand, that vector of the operand is set aside first, for some of its columns will
 * have been overwritten. Whether two operands are one place is known only when a program runs.
 */
abstract class FloatWideStep extends FloatStep {
  private static final int LANES = FloatLoop.EACH;
  private static final FloatLoop COPY = FloatLoop.unary(FloatLoops::copy);

  final FloatPlace out;
  final int width;

  /** Keeps the overlapping vectors of an operand that the result replaces. */
  private final FloatPlace side;

  private FloatWideStep(FloatPlace out, int width, FloatPlace.Register side) {
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

  /** A loop of one operand. */
  static final class Unary extends FloatWideStep {
    private final FloatLoop loop;
    private final FloatPlace x;

    Unary(FloatLoop loop, FloatPlace x, FloatPlace out, int width, FloatPlace.Register side) {
      super(out, width, side);
      this.loop = loop;
      this.x = x;
    }

    static Unary copy(FloatPlace x, FloatPlace out, int width, FloatPlace.Register side) {
      return new Unary(COPY, x, out, width, side);
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

  /** A loop of two operands. */
  static final class Binary extends FloatWideStep {
    private final FloatLoop loop;
    private final FloatPlace a;
    private final FloatPlace b;
    private final int av;
    private final int bv;

    Binary(
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

  /** A loop of three operands. */
  static final class Ternary extends FloatWideStep {
    private final FloatLoop loop;
    private final FloatPlace a;
    private final FloatPlace b;
    private final FloatPlace c;
    private final int av;
    private final int bv;
    private final int cv;

    Ternary(
        FloatLoop loop,
        Operand a,
        Operand b,
        Operand c,
        FloatPlace out,
        int width,
        FloatPlace.Register side) {
      super(out, width, side);
      this.loop = loop;
      this.a = a.place;
      this.b = b.place;
      this.c = c.place;
      this.av = a.stretched ? 0 : LANES;
      this.bv = b.stretched ? 0 : LANES;
      this.cv = c.stretched ? 0 : LANES;
    }

    @Override
    boolean isDense(FloatPlace.Tile tile) {
      return av + bv + cv == 3 * LANES
          && isDense(a, tile)
          && isDense(b, tile)
          && isDense(c, tile)
          && isDense(out, tile);
    }

    @Override
    void run(FloatPlace.Tile tile, int rows, int n) {
      int last = last(n);
      FloatPlace aTail = behind(a, tile, rows, last);
      FloatPlace bTail = behind(b, tile, rows, last);
      FloatPlace cTail = behind(c, tile, rows, last);
      part(tile, a, 0, b, 0, c, 0, 0, rows, n - n % LANES);
      if (last > 0) {
        int aFrom = av == 0 ? 0 : from(aTail, last);
        int bFrom = bv == 0 ? 0 : from(bTail, last);
        int cFrom = cv == 0 ? 0 : from(cTail, last);
        part(tile, aTail, aFrom, bTail, bFrom, cTail, cFrom, last, rows, LANES);
      }
    }

    private void part(
        FloatPlace.Tile tile,
        FloatPlace a,
        int aFrom,
        FloatPlace b,
        int bFrom,
        FloatPlace c,
        int cFrom,
        int from,
        int rows,
        int n) {
      loop.ternary(
          a.array(tile),
          a.start(tile) + aFrom,
          a.stride(tile),
          av,
          b.array(tile),
          b.start(tile) + bFrom,
          b.stride(tile),
          bv,
          c.array(tile),
          c.start(tile) + cFrom,
          c.stride(tile),
          cv,
          out.array(tile),
          out.start(tile) + from,
          out.stride(tile),
          rows,
          n);
    }
  }
}
