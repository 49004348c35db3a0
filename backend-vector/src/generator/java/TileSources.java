/**
 * Writes the register tiles. A tile needs a local variable an accumulator, so the variants of rows
 * and vectors, which differ in nothing else, are unrolled.
 */
final class TileSources {
  /** Rows of the highest register tile. */
  private static final int ROWS = 8;

  /** Vectors of the widest register tile. */
  private static final int VECTORS = 6;

  private TileSources() {}

  /** The source of FloatTiles behind its header. */
  static String tiles(String header) {
    var s = new StringBuilder(header);
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
         * indices out of the loop, and add up addresses less often; so there are kinds of each tile.
         *
         * <p>Those of packed steps there are twice. One kind reads ahead: at every other step an element of what is needed
         * later, in {@code far} from {@code ahead} on, so that it is on its way from L3 or memory while there is work to do;
         * the next is {@code pace} further, the one after {@code back} further, and so on in turn: two places, or one. Java has
         * no prefetch. Whatever else is computed in a step takes the place of a multiply-add where a core does two at a time,
         * so the other kind, which reads nothing, is faster.
         */
        final class FloatTiles {
          private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
          private static final int LANES = SPECIES.length();
          private static final float[] ZEROS = new float[16 * LANES];

          private static final int COPIED = 0;
          private static final int IN_PLACE = 1;
          private static final int STRIDED = 2;

          /** From these two kinds to those that read ahead as well. */
          private static final int AHEAD = 3;

          private static final int KINDS = 5;

          /** Distance of a step of copied rows from the next. */
          private static final int COPIED_STEP = VectorWidth.TILE_ROWS;

          /** A tile is brought to speed when it has run so many steps, some milliseconds in the interpreter. */
          private static final int COLD_STEPS = 512;

          /**
           * A tile that reads ahead is brought to speed when it could have run so many steps: not in the first calls, which it
           * would hold up, for the other kind can do its work.
           */
          private static final int COLD_AHEAD_STEPS = 1 << 20;

          /** How many steps each tile has run, as far as that matters. */
          private static final int[] STEPS = new int[8 * 8 * KINDS];

          /** Which tiles that read ahead have been brought to speed. */
          private static final boolean[] READY = new boolean[STEPS.length];

          /** Whether the thread that holds the lock is calling a tile on zeros. */
          private static boolean warming;

          private FloatTiles() {}

          /**
           * Runs the tile of the given rows (1 to 8, at most 6 of 4 vectors, 5 of 5, 4 of 6) and vectors (2 to 6).
           *
           * @param depth steps; below 0 to count as many and do nothing, see {@link WarmUp}
           * @param far what tiles of packed steps read ahead, not empty
           * @param ahead where they begin
           * @param pace from the first element that they read to the second, and so on in turn, or 0 to read nothing
           * @param back from the second to the third, and so on in turn
           * @return a number made of what was read ahead, which the caller has to keep, or else nothing is read
           */
          static float run(int rows, int vectors, int depth, float[] a, int ao, int rs, int ks,
              float[] b, int bo, int ldb, int lastOfB, float alpha, float beta, float[] c, int co, int ldc, int lastOfC,
              float[] far, int ahead, int pace, int back) {
            int kind = kind(rs, ks, ldb == vectors * LANES && lastOfB == ldb - LANES);
            int tile = (vectors * 8 + rows) * KINDS + kind;
            if (STEPS[tile] < COLD_STEPS) {
              approach(tile, rows, vectors, kind, depth);
            }
            if (pace != 0 && kind != STRIDED) {
              if (READY[tile + AHEAD]) {
                tile += AHEAD;
              } else {
                approachAhead(tile + AHEAD, rows, vectors, kind, depth);
              }
            }
            return run(tile, depth, a, ao, rs, ks, b, bo, ldb, lastOfB, alpha, beta, c, co, ldc, lastOfC, far, ahead, pace, back);
          }

          private static float run(int tile, int depth, float[] a, int ao, int rs, int ks,
              float[] b, int bo, int ldb, int lastOfB, float alpha, float beta, float[] c, int co, int ldc, int lastOfC,
              float[] far, int ahead, int pace, int back) {
            float[] d = beta == 0 ? ZEROS : c;
            int d0 = beta == 0 ? 0 : co;
            int ldd = beta == 0 ? 0 : ldc;
            float seen = 0;
            switch (tile) {
        """);
    for (int v = VECTORS; v >= 2; v--) {
      for (int r = rows(v); r >= 1; r--) {
        for (Kind kind : Kind.values()) {
          s.append(
              "      case %d -> %s%s(%s);\n"
                  .formatted(
                      (v * 8 + r) * Kind.values().length + kind.ordinal(),
                      kind.readsAhead() ? "seen = " : "",
                      kind.tile(r, v),
                      parameters(r, kind, false)));
        }
      }
    }
    s.append(
        """
              default -> throw new IllegalArgumentException("tile " + tile);
            }
            return seen;
          }

          private static int kind(int rs, int ks, boolean packed) {
            if (packed && rs == 1 && ks == COPIED_STEP) {
              return COPIED;
            }
            return packed && ks == 1 ? IN_PLACE : STRIDED;
          }

          /** One thread at a time: what others would do meanwhile takes the JIT compiler's processor. */
          private static synchronized void approach(int tile, int rows, int vectors, int kind, int depth) {
            if (warming) {
              return;
            }
            if (STEPS[tile] + depth < COLD_STEPS) {
              STEPS[tile] += depth;
            } else if (STEPS[tile] < COLD_STEPS) {
              warm(1, new int[] {rows}, new int[] {vectors}, kind);
            }
          }

          /** Threads may be in each other's way: then it takes a few steps more. */
          private static void approachAhead(int tile, int rows, int vectors, int kind, int depth) {
            if (depth <= 0 || STEPS[tile] >= COLD_AHEAD_STEPS) {
              return;
            }
            STEPS[tile] += depth;
            if (STEPS[tile] >= COLD_AHEAD_STEPS) {
              Thread.ofPlatform().daemon().name("tapeloop-tiles").start(() -> prepare(tile, rows, vectors, kind));
            }
          }

          /** One at a time. A tile that the JIT compiler has no time for is tried again later. */
          private static void prepare(int tile, int rows, int vectors, int kind) {
            synchronized (READY) {
              if (!READY[tile]) {
                READY[tile] = WarmUp.run(java.util.List.of(onZeros(rows, vectors, kind + AHEAD)));
              }
            }
            STEPS[tile] = READY[tile] ? COLD_AHEAD_STEPS : 0;
          }

          /** Takes a tile of packed steps that reads ahead for one that has been brought to speed, for tests. */
          static void assumeReady(int rows, int vectors, int rs, int ks) {
            READY[(vectors * 8 + rows) * KINDS + kind(rs, ks, true) + AHEAD] = true;
          }

          /** Whether a tile that meets full panels has yet to be brought to speed, and so many steps are enough for that. */
          static boolean isCold(int rows, int vectors, int rs, int ks, int steps) {
            int tile = (vectors * 8 + rows) * KINDS + kind(rs, ks, true);
            return STEPS[tile] < COLD_STEPS && STEPS[tile] + steps >= COLD_STEPS;
          }

          /** Brings the tiles that a product will need to speed together: while one is compiled, others are counted. */
          static synchronized void warm(int count, int[] rows, int[] vectors, int rs, int ks) {
            if (!warming) {
              warm(count, rows, vectors, kind(rs, ks, true));
            }
          }

          private static void warm(int count, int[] rows, int[] vectors, int kind) {
            warming = true;
            try {
              var kernels = new java.util.ArrayList<WarmUp.Kernel>();
              for (int i = 0; i < count; i++) {
                kernels.add(onZeros(rows[i], vectors[i], kind));
              }
              WarmUp.run(kernels);
            } finally {
              warming = false;
            }
            for (int i = 0; i < count; i++) {
              STEPS[(vectors[i] * 8 + rows[i]) * KINDS + kind] = COLD_STEPS;
            }
          }

          private static WarmUp.Kernel onZeros(int rows, int vectors, int kind) {
            int width = vectors * LANES;
            int ldb = kind == STRIDED ? width + 1 : width;
            float[] zeros = new float[WarmUp.STEPS * Math.max(COPIED_STEP, width + 1)];
            float[] out = new float[COPIED_STEP * width];
            boolean copied = kind == COPIED || kind == COPIED + AHEAD;
            int rs = copied ? 1 : WarmUp.STEPS;
            int ks = copied ? COPIED_STEP : 1;
            int last = width - LANES;
            int tile = (vectors * 8 + rows) * KINDS + kind;
            return steps ->
                run(tile, steps, zeros, 0, rs, ks, zeros, 0, ldb, last, 0, 0, out, 0, width, last, zeros, 0, 1, 1);
          }
        """);
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
    COPIED("copied", "COPIED_STEP"),
    /** Rows of a as they lie, steps of b that follow one another. */
    IN_PLACE("inPlace", "1"),
    /** Any distances. */
    STRIDED("strided", "ks"),
    /** The first one, reading ahead. */
    COPIED_AHEAD("copiedAhead", "COPIED_STEP"),
    /** The second one, reading ahead. */
    IN_PLACE_AHEAD("inPlaceAhead", "1");

    private final String prefix;

    /** Distance of a step of a from the next. */
    private final String step;

    Kind(String prefix, String step) {
      this.prefix = prefix;
      this.step = step;
    }

    boolean isCopied() {
      return this == COPIED || this == COPIED_AHEAD;
    }

    boolean readsAhead() {
      return this == COPIED_AHEAD || this == IN_PLACE_AHEAD;
    }

    String tile(int rows, int vectors) {
      return "%s%dx%d".formatted(prefix, rows, vectors);
    }

    /** Distance of a row from the first, which is not 0. */
    String row(int r) {
      return isCopied() ? "" + r : r == 1 ? "rs" : "rs" + r;
    }
  }

  /** Parameters of a tile, with or without their types; one row has no distance to the next. */
  private static String parameters(int rows, Kind kind, boolean declared) {
    String all =
        "int depth, float[] a, int ao, "
            + (kind.isCopied() ? "" : "int rs, ")
            + (kind == Kind.STRIDED ? "int ks, " : "")
            + "float[] b, int bo, "
            + (kind == Kind.STRIDED ? "int ldb, int lastOfB, " : "")
            + "float alpha, float beta, float[] d, int d0, int ldd, "
            + "float[] c, int co, int ldc, int lastOfC"
            + (kind.readsAhead() ? ", float[] far, int ahead, int pace, int back" : "");
    String needed = rows > 1 ? all : all.replaceAll(", int (rs|ldd|ldc)\\b", "");
    return declared ? needed : needed.replaceAll("(int|float(\\[\\])?) ", "");
  }

  private static void tile(StringBuilder s, int rows, int vectors, Kind kind) {
    boolean strided = kind == Kind.STRIDED;
    boolean ahead = kind.readsAhead();
    s.append(
        "\n  private static %s %s(%s) {\n"
            .formatted(
                ahead ? "float" : "void", kind.tile(rows, vectors), parameters(rows, kind, true)));
    s.append("    if (depth < 0) {\n      for (int k = depth; k < 0; k++) {}\n");
    s.append(ahead ? "      return 0;\n    }\n" : "      return;\n    }\n");
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        s.append("    FloatVector c%d%d = FloatVector.zero(SPECIES);\n".formatted(r, v));
      }
    }
    for (int r = 2; r < rows && !kind.isCopied(); r++) {
      s.append("    int rs%d = %d * rs;\n".formatted(r, r));
    }
    s.append("    int p = ao;\n    int q = bo;\n");
    s.append(
        ahead ? "    int next = ahead;\n    int change = pace ^ back;\n    float seen = 0;\n" : "");
    s.append(
        "    for (int k = 0; k < depth; k++, p += %s, q += %s) {\n"
            .formatted(kind.step, strided ? "ldb" : vectors + " * LANES"));
    for (int v = 0; v < vectors; v++) {
      s.append(
          "      FloatVector b%d = FloatVector.fromArray(SPECIES, b, q%s);\n"
              .formatted(v, strided && v == vectors - 1 ? " + lastOfB" : lanes(v)));
    }
    s.append(
        !ahead
            ? ""
            : """
                  if ((k & 1) == 0) {
                    seen += far[next];
                    next += pace;
                    pace ^= change;
                  }
            """);
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
    s.append(ahead ? "    return seen;\n  }\n" : "  }\n");
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
}
