import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the sources that would otherwise be copies of one another, run by the build as a
 * single-file program.
 *
 * <p>Two families. A register tile needs a local variable an accumulator, so the variants of rows
 * and vectors, which differ in nothing else, are unrolled here. And the elementwise loops differ in
 * one expression, see {@link LoopSources}. Both are written for floats; those for doubles are
 * derived from them, and from the sources written by hand, by the next step of the build.
 *
 * <p>Argument: the folder of the generated package.
 */
public final class KernelSources {
  /** Rows of the highest register tile. */
  private static final int ROWS = 8;

  /** Vectors of the widest register tile. */
  private static final int VECTORS = 6;

  /** Lane counts from two doubles in 128 bits to sixteen floats in 512. */
  private static final List<Integer> LANES = List.of(2, 4, 8, 16);

  private KernelSources() {}

  public static void main(String[] arguments) throws IOException {
    Path generated = Files.createDirectories(Path.of(arguments[0]));
    write(generated, "FloatTiles", tiles());
    write(generated, "FloatBlocks", blocks());
    String[] used = {
      "FloatVector", "VectorMask", "VectorOperators", "VectorShuffle", "VectorSpecies"
    };
    write(generated, "FloatLoops", LoopSources.loops(header(used)));
  }

  private static void write(Path folder, String name, String source) throws IOException {
    Files.writeString(folder.resolve(name + ".java"), source);
  }

  private static String header(String... imports) {
    var s =
        new StringBuilder(
            "// Written by KernelSources: edit that.\npackage org.tapeloop.backend.vector;\n\n");
    for (String name : imports) {
      s.append("import jdk.incubator.vector.").append(name).append(";\n");
    }
    return s.append("\n").toString();
  }

  // ---- register tiles ----

  private static String tiles() {
    var s = new StringBuilder(header("FloatVector", "VectorSpecies"));
    s.append(
        """
        /**
         * Register tiles of the matrix product: a few rows of a times a few vectors of columns of b, for one block of the inner
         * extent.
         *
         * <p>Bound by the multiply-add units. With 32 vector registers 8 x 3 keeps 24 accumulators, three vectors of b and a few
         * elements of a in registers, and needs 11 loads for 24 multiply-adds, 6 x 4 one less; with 16 registers 6 x 2 is the
         * largest that fits.
         * Fewer than eight accumulators can't hide the latency of a multiply-add, so small tiles serve remainders only. Every
         * element is one chain of multiply-adds in the order of k, whatever the tile: its bits do not depend on how rows and
         * columns were split.
         *
         * <p>The row r and step k of a is {@code a[ao + r*rs + k*ks]}; step k of b begins at {@code bo + k*ldb}. Each tile does
         * {@code c = alpha * ab + beta * d}, where d is c, or zeros if beta is 0: with a branch there instead, C2 spills half of
         * the accumulators of a large tile, and it runs at half speed. Distances that are constants let C2 take the checks of
         * indices out of the loop, and add up addresses less often; so there are three kinds of each tile.
         */
        final class FloatTiles {
          private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
          private static final int LANES = SPECIES.length();
          private static final int COPIED = VectorWidth.TILE_ROWS;
          private static final float[] ZEROS = new float[16 * LANES];

          private FloatTiles() {}

          /** Runs the tile of the given rows (1 to 8, at most 6 of 4 vectors, 5 of 5, 4 of 6) and vectors (2 to 6). */
          static void run(int rows, int vectors, int depth, float[] a, int ao, int rs, int ks,
              float[] b, int bo, int ldb, int lastOfB, float alpha, float beta, float[] c, int co, int ldc, int lastOfC) {
            boolean packed = ldb == vectors * LANES && lastOfB == ldb - LANES;
            float[] d = beta == 0 ? ZEROS : c;
            int d0 = beta == 0 ? 0 : co;
            int ldd = beta == 0 ? 0 : ldc;
            if (packed && rs == 1 && ks == COPIED) {
        """);
    cases(s, Kind.COPIED);
    s.append("    } else if (packed && ks == 1) {\n");
    cases(s, Kind.IN_PLACE);
    s.append("    } else {\n");
    cases(s, Kind.STRIDED);
    s.append("    }\n  }\n");
    for (int v = VECTORS; v >= 2; v--) {
      for (int r = rows(v); r >= 1; r--) {
        for (Kind kind : Kind.values()) {
          tile(s, r, v, kind);
        }
      }
    }
    s.append(
        """

          /**
           * One row times neighbouring panels of the usual width, a few or two of them, which begin at bo and {@code gap} apart.
           * Bound by the memory that the panels come from, which is read faster in many streams than in two.
           */
          static void panels(int panels, int vectors, int depth, float[] a, int ao, int ks, float[] b, int bo, int gap, int ldb,
              float alpha, float beta, float[] c, int co) {
            float[] d = beta == 0 ? ZEROS : c;
            int d0 = beta == 0 ? 0 : co;
            switch (vectors * 8 + panels + (ldb == vectors * LANES ? 1 : 0)) {
        """);
    for (int vectors = 4; vectors >= 2; vectors--) {
      for (int panels : panels(vectors)) {
        for (boolean packed : new boolean[] {true, false}) {
          s.append(
              "      case %d -> %s(depth, a, ao, ks, b, bo, gap, %salpha, beta, d, d0, c, co);\n"
                  .formatted(
                      vectors * 8 + panels + (packed ? 1 : 0),
                      row(panels, vectors, packed),
                      packed ? "" : "ldb, "));
        }
      }
    }
    s.append(
        """
              default -> throw new IllegalStateException("vectors " + vectors);
            }
          }
        """);
    for (int vectors = 4; vectors >= 2; vectors--) {
      for (int panels : panels(vectors)) {
        rowPanels(s, panels, vectors, true);
        rowPanels(s, panels, vectors, false);
      }
    }
    return s.append("}\n").toString();
  }

  /** Rows of the highest tile that 32 registers hold. */
  private static int rows(int vectors) {
    return Math.min(ROWS, 31 / vectors - 1);
  }

  /** Panels of some vectors that a single row meets together. */
  private static int[] panels(int vectors) {
    return new int[] {vectors == 3 ? 5 : 4, 2};
  }

  /** What a tile is made for. */
  private enum Kind {
    /** Rows of a copied tile by tile, steps of b that follow one another. */
    COPIED("copied", "COPIED"),
    /** Rows of a as they lie, steps of b that follow one another. */
    IN_PLACE("inPlace", "1"),
    /** Any distances. */
    STRIDED("strided", "ks");

    private final String prefix;

    /** Distance of a step of a from the next. */
    private final String step;

    Kind(String prefix, String step) {
      this.prefix = prefix;
      this.step = step;
    }

    String tile(int rows, int vectors) {
      return "%s%dx%d".formatted(prefix, rows, vectors);
    }

    /** Distance of a row from the first, which is not 0. */
    String row(int r) {
      return this == COPIED ? "" + r : r == 1 ? "rs" : "rs" + r;
    }
  }

  private static void cases(StringBuilder s, Kind kind) {
    s.append("      switch (vectors * 8 + rows) {\n");
    for (int v = VECTORS; v >= 2; v--) {
      for (int r = rows(v); r >= 1; r--) {
        s.append(
            "        case %d -> %s(%s);\n"
                .formatted(v * 8 + r, kind.tile(r, v), parameters(r, kind, false)));
      }
    }
    s.append(
        "        default -> throw new IllegalArgumentException(rows + \" x \" + vectors);\n"
            + "      }\n");
  }

  /** Parameters of a tile, with or without their types; one row has no distance to the next. */
  private static String parameters(int rows, Kind kind, boolean declared) {
    String all =
        "int depth, float[] a, int ao, "
            + (kind == Kind.COPIED ? "" : "int rs, ")
            + (kind == Kind.STRIDED ? "int ks, " : "")
            + "float[] b, int bo, "
            + (kind == Kind.STRIDED ? "int ldb, int lastOfB, " : "")
            + "float alpha, float beta, float[] d, int d0, int ldd, "
            + "float[] c, int co, int ldc, int lastOfC";
    String needed = rows > 1 ? all : all.replaceAll(", int (rs|ldd|ldc)\\b", "");
    return declared ? needed : needed.replaceAll("(int|float(\\[\\])?) ", "");
  }

  private static void tile(StringBuilder s, int rows, int vectors, Kind kind) {
    boolean strided = kind == Kind.STRIDED;
    s.append(
        "\n  private static void %s(%s) {\n"
            .formatted(kind.tile(rows, vectors), parameters(rows, kind, true)));
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        s.append("    FloatVector c%d%d = FloatVector.zero(SPECIES);\n".formatted(r, v));
      }
    }
    for (int r = 2; r < rows && kind != Kind.COPIED; r++) {
      s.append("    int rs%d = %d * rs;\n".formatted(r, r));
    }
    s.append("    int p = ao;\n    int q = bo;\n");
    s.append(
        "    for (int k = 0; k < depth; k++, p += %s, q += %s) {\n"
            .formatted(kind.step, strided ? "ldb" : vectors + " * LANES"));
    for (int v = 0; v < vectors; v++) {
      s.append(
          "      FloatVector b%d = FloatVector.fromArray(SPECIES, b, q%s);\n"
              .formatted(v, strided && v == vectors - 1 ? " + lastOfB" : lanes(v)));
    }
    for (int r = 0; r < rows; r++) {
      s.append(
          "      FloatVector a%d = FloatVector.broadcast(SPECIES, a[p%s]);\n"
              .formatted(r, r == 0 ? "" : " + " + kind.row(r)));
      for (int v = 0; v < vectors; v++) {
        s.append("      c%d%d = a%d.fma(b%d, c%d%d);\n".formatted(r, v, r, v, r, v));
      }
    }
    s.append("    }\n    FloatVector betas = FloatVector.broadcast(SPECIES, beta);\n");
    for (int r = 0; r < rows; r++) {
      String[] at = new String[vectors];
      for (int v = 0; v < vectors; v++) {
        at[v] = v == vectors - 1 ? " + lastOfC" : lanes(v);
        finish(s, "c" + r + v, row("d0", "ldd", r) + at[v]);
      }
      for (int v = 0; v < vectors; v++) {
        store(s, "c" + r + v, row("co", "ldc", r) + at[v]);
      }
    }
    s.append("  }\n");
  }

  private static void finish(StringBuilder s, String sum, String old) {
    s.append(
        "    %s = FloatVector.fromArray(SPECIES, d, %s).fma(betas, %s.mul(alpha));\n"
            .formatted(sum, old, sum));
  }

  private static void store(StringBuilder s, String sum, String to) {
    s.append("    %s.intoArray(c, %s);\n".formatted(sum, to));
  }

  /**
   * One row times several panels: one alone has too few accumulators to hide the latency of a
   * multiply-add.
   */
  private static void rowPanels(StringBuilder s, int panels, int vectors, boolean packed) {
    s.append(
        """

          private static void %s(int depth, float[] a, int ao, int ks, float[] b, int bo, int gap,
              %sfloat alpha, float beta, float[] d, int d0, float[] c, int co) {
        """
            .formatted(row(panels, vectors, packed), packed ? "" : "int ldb, "));
    for (int v = 0; v < panels * vectors; v++) {
      s.append("    FloatVector c%d = FloatVector.zero(SPECIES);\n".formatted(v));
    }
    for (int j = 2; j < panels; j++) {
      s.append("    int gap%d = %d * gap;\n".formatted(j, j));
    }
    s.append("    int p = ao;\n    int q = bo;\n");
    s.append(
        "    for (int k = 0; k < depth; k++, p += ks, q += %s) {\n"
            .formatted(packed ? vectors + " * LANES" : "ldb"));
    s.append("      FloatVector x = FloatVector.broadcast(SPECIES, a[p]);\n");
    for (int v = 0; v < panels * vectors; v++) {
      int j = v / vectors;
      String at = "q" + (j == 0 ? "" : j == 1 ? " + gap" : " + gap" + j) + lanes(v % vectors);
      s.append(
          "      c%d = x.fma(FloatVector.fromArray(SPECIES, b, %s), c%d);\n".formatted(v, at, v));
    }
    s.append("    }\n");
    s.append("    FloatVector betas = FloatVector.broadcast(SPECIES, beta);\n");
    for (int v = 0; v < panels * vectors; v++) {
      finish(s, "c" + v, "d0" + lanes(v));
      store(s, "c" + v, "co" + lanes(v));
    }
    s.append("  }\n");
  }

  private static String row(int panels, int vectors, boolean packed) {
    return "%s%dx%d".formatted(packed ? "row" : "stridedRow", panels, vectors);
  }

  private static String lanes(int v) {
    return v == 0 ? "" : v == 1 ? " + LANES" : " + " + v + " * LANES";
  }

  private static String row(String from, String stride, int r) {
    return r == 0 ? from : r == 1 ? from + " + " + stride : from + " + " + r + " * " + stride;
  }

  // ---- square blocks ----

  private static String blocks() {
    var s =
        new StringBuilder(header("FloatVector", "VectorMask", "VectorShuffle", "VectorSpecies"));
    s.append(
        """
        /**
         * Square blocks of as many rows as a vector has lanes: transposition, and dot products of all rows with one vector.
         *
         * <p>Both exchange lanes between pairs of rows in log2(lanes) rounds (Eklundh, A fast computer method for matrix
         * transposing, 1972): in the round of distance d, {@code low(u, v)} takes from u the lanes whose number has not the bit
         * d, and fills the others from v, d lanes below; {@code high} the other way round. Bound by the shuffle unit. A sum of lanes is
         * added in this order and no other, compiled or not, which {@code reduceLanes} would not promise.
         */
        final class FloatBlocks {
          /** Rows that {@link #interleave} puts side by side. */
          static final int ROWS = 8;

          private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
          private static final int LANES = SPECIES.length();
        """);
    for (int d = 8; d >= 1; d /= 2) {
      s.append("  private static final VectorShuffle<Float> UP%d = up(%d);\n".formatted(d, d));
      s.append("  private static final VectorShuffle<Float> DOWN%d = up(-%d);\n".formatted(d, d));
      s.append("  private static final VectorMask<Float> BIT%d = bit(%d);\n".formatted(d, d));
    }
    s.append(
        """

          private FloatBlocks() {}

          private static VectorShuffle<Float> up(int distance) {
            return VectorShuffle.fromOp(SPECIES, lane -> (lane - distance) & (LANES - 1));
          }

          private static VectorMask<Float> bit(int distance) {
            long bits = 0;
            for (int lane = 0; lane < LANES; lane++) {
              bits |= (lane & distance) != 0 ? 1L << lane : 0;
            }
            return VectorMask.fromLong(SPECIES, bits);
          }

          /**
           * Transposes some square blocks that follow one another along their rows, {@code ldFrom} apart, to blocks one below
           * another. Several in a call, for shuffles are checked and brought to registers once a call.
           */
          static void transpose(int blocks, float[] a, int from, int ldFrom, float[] out, int to, int ldTo) {
            switch (LANES) {
        """);
    for (int n : LANES) {
      s.append(
          "      case %d -> transpose%d(blocks, a, from, ldFrom, out, to, ldTo);\n"
              .formatted(n, n));
    }
    s.append(
        """
              default -> throw new IllegalStateException("lanes " + LANES);
            }
          }

          /**
           * {@code out[to + i] = alpha * sum over k of x[xo + k] * a[from + i*ld + k] + beta * out[to + i]} for i in some blocks of
           * as many as there are lanes, reading out only where beta is not 0; depth is a multiple of
           * the lanes.
           */
          static void dots(int blocks, int depth, float[] x, int xo, float[] a, int from, int ld,
              float alpha, float beta, float[] out, int to) {
            switch (LANES) {
        """);
    for (int n : LANES) {
      s.append(
          "      case %d -> dots%d(blocks, depth, x, xo, a, from, ld, alpha, beta, out, to);\n"
              .formatted(n, n));
    }
    s.append(
        """
              default -> throw new IllegalStateException("lanes " + LANES);
            }
          }
        """);
    s.append(
        """

          /**
           * Copies a few rows, {@code ldFrom} apart, step by step: step k of all rows to {@code to + k*ROWS}, where what rows
           * beyond {@code last} would have is that of the last. Some blocks of as many steps as there are lanes.
           */
          static void interleave(int blocks, float[] a, int from, int ldFrom, int last, float[] out, int to) {
            switch (LANES) {
        """);
    for (int n : LANES) {
      s.append(
          "      case %d -> interleave%d(blocks, a, from, ldFrom, last, out, to);\n"
              .formatted(n, n));
    }
    s.append(
        """
              default -> throw new IllegalStateException("lanes " + LANES);
            }
          }
        """);
    for (int n : LANES) {
      transpose(s, n);
      interleave(s, n);
      dots(s, n);
    }
    return s.append("}\n").toString();
  }

  private static String low(String u, String v, int d) {
    return "%s.blend(%s.rearrange(UP%d), BIT%d)".formatted(u, v, d, d);
  }

  private static String high(String u, String v, int d) {
    return "%s.rearrange(DOWN%d).blend(%s, BIT%d)".formatted(u, d, v, d);
  }

  private static void transpose(StringBuilder s, int n) {
    s.append("\n  private static void transpose%d(\n".formatted(n));
    s.append(
        "      int blocks, float[] a, int from, int ldFrom, float[] out, int to, int ldTo) {\n");
    s.append("    for (int block = 0; block < blocks; block++) {\n");
    s.append("      int p = from + block * LANES;\n      int q = to + block * LANES * ldTo;\n");
    for (int i = 0; i < n; i++) {
      s.append(
          "      FloatVector r%d = FloatVector.fromArray(SPECIES, a, p + %d * ldFrom);\n"
              .formatted(i, i));
    }
    for (int d = n / 2; d >= 1; d /= 2) {
      for (int i = 0; i < n; i++) {
        if ((i & d) == 0) {
          exchange(s, i, i + d, d);
        }
      }
    }
    for (int i = 0; i < n; i++) {
      s.append("      r%d.intoArray(out, q + %d * ldTo);\n".formatted(i, i));
    }
    s.append("    }\n  }\n");
  }

  /**
   * The steps of eight rows side by side. Vectors of more than eight lanes hold two steps, which
   * one more round joins.
   */
  private static void interleave(StringBuilder s, int n) {
    s.append("\n  private static void interleave%d(\n".formatted(n));
    s.append(
        "      int blocks, float[] a, int from, int ldFrom, int last, float[] out, int to) {\n");
    for (int i = 1; i < ROWS; i++) {
      s.append("    int at%d = Math.min(%d, last) * ldFrom;\n".formatted(i, i));
    }
    s.append("    for (int block = 0; block < blocks; block++) {\n");
    s.append(
        "      int p = from + block * LANES;\n      int q = to + block * LANES * %d;\n"
            .formatted(ROWS));
    for (int i = 0; i < ROWS; i++) {
      s.append(
          "      FloatVector r%d = FloatVector.fromArray(SPECIES, a, p%s);\n"
              .formatted(i, i == 0 ? "" : " + at" + i));
    }
    int group = Math.min(n, ROWS);
    for (int first = 0; first < ROWS; first += group) {
      for (int d = group / 2; d >= 1; d /= 2) {
        for (int i = first; i < first + group; i++) {
          if (((i - first) & d) == 0) {
            exchange(s, i, i + d, d);
          }
        }
      }
    }
    if (n > ROWS) {
      for (int i = 0; i < ROWS; i += 2) {
        exchange(s, i, i + 1, ROWS);
      }
    }
    for (int i = 0; i < ROWS; i++) {
      // Of more than eight lanes, r0 and r1 hold steps 0, 1 and 8, 9, the next two 2, 3 and 10, 11.
      int place =
          n > ROWS ? (i - i % 2 + i % 2 * ROWS) * ROWS : i % group * ROWS + i / group * group;
      s.append("      r%d.intoArray(out, q + %d);\n".formatted(i, place));
    }
    s.append("    }\n  }\n");
  }

  /** Exchanges lanes of two rows, a distance apart. */
  private static void exchange(StringBuilder s, int first, int second, int distance) {
    String u = "r" + first;
    String v = "r" + second;
    String t = "t" + distance + "At" + first;
    s.append("      FloatVector %s = %s;\n".formatted(t, low(u, v, distance)));
    s.append("      %s = %s;\n".formatted(v, high(u, v, distance)));
    s.append("      %s = %s;\n".formatted(u, t));
  }

  private static void dots(StringBuilder s, int n) {
    s.append(
        "\n  private static void dots%d(int blocks, int depth, float[] x, int xo, float[] a, int from, int ld,\n"
            .formatted(n));
    s.append("      float alpha, float beta, float[] out, int to) {\n");
    s.append("    for (int block = 0; block < blocks; block++) {\n");
    s.append("      int first = from + block * LANES * ld;\n      int q = to + block * LANES;\n");
    for (int i = 0; i < n; i++) {
      s.append("      FloatVector r%d = FloatVector.zero(SPECIES);\n".formatted(i));
    }
    // Eight rows at a time: rows a page apart share a set of L1, which has eight or twelve ways.
    for (int first = 0; first < n; first += 8) {
      s.append("      for (int k = 0; k < depth; k += LANES) {\n");
      s.append(
          "        FloatVector y = FloatVector.fromArray(SPECIES, x, xo + k);\n"
              + "        int p = first + k;\n");
      dotSteps(s, first, Math.min(first + 8, n));
      s.append("      }\n");
    }
    for (int d = n / 2; d >= 1; d /= 2) {
      for (int i = 0; i < d; i++) {
        String u = "r" + i;
        String v = "r" + (i + d);
        s.append("      %s = %s.add(%s);\n".formatted(u, low(u, v, d), high(u, v, d)));
      }
    }
    s.append("      r0 = r0.mul(alpha);\n");
    s.append(
        "      if (beta != 0) {\n"
            + "        r0 = FloatVector.fromArray(SPECIES, out, q).mul(beta).add(r0);\n"
            + "      }\n");
    s.append("      r0.intoArray(out, q);\n    }\n  }\n");
  }

  private static void dotSteps(StringBuilder s, int from, int to) {
    for (int i = from; i < to; i++) {
      s.append(
          "        r%d = y.fma(FloatVector.fromArray(SPECIES, a, p%s), r%d);\n"
              .formatted(i, i == 0 ? "" : " + " + i + " * ld", i));
    }
  }
}
