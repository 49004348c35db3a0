import java.util.List;

/**
 * Writes the operations on square blocks, which need a local variable a row and so differ with the
 * number of lanes.
 */
final class BlockSources {
  /** Lane counts from two doubles in 128 bits to sixteen floats in 512. */
  private static final List<Integer> LANES = List.of(2, 4, 8, 16);

  /** Rows that are put side by side. */
  private static final int ROWS = 8;

  private BlockSources() {}

  /** The source of FloatBlocks behind its header. */
  static String blocks(String header) {
    var s = new StringBuilder(header);
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
    pairs(s);
    for (int n : LANES) {
      transpose(s, n);
      interleave(s, n);
      dots(s, n);
    }
    return s.append("}\n").toString();
  }

  /** Rows come to full lines: two steps of eight columns are a vector of 512 bits. */
  private static void pairs(StringBuilder s) {
    s.append(
        """

          /**
           * Copies an even number of steps of transposed rows, {@code ldFrom} apart, as {@link #interleave} leaves them: each
           * vector of columns is a part of two tiles of {@link #ROWS} rows, {@code gap} apart, and two steps of a tile are a
           * vector. Rows are read in the order in which they lie. Vectors have twice as many lanes as tiles have rows.
           */
          static void pairs(int vectors, int steps, float[] a, int from, int ldFrom, float[] out, int to, int gap) {
            for (int k = 0; k < steps; k += 2) {
              int p = from + k * ldFrom;
              int q = to + k * ROWS;
              for (int v = 0; v < vectors; v++) {
                FloatVector r0 = FloatVector.fromArray(SPECIES, a, p);
                FloatVector r1 = FloatVector.fromArray(SPECIES, a, p + ldFrom);
        """);
    exchange(s, 0, 1, ROWS);
    s.append(
        """
                r0.intoArray(out, q);
                r1.intoArray(out, q + gap);
                p += LANES;
                q += 2 * gap;
              }
            }
          }
        """);
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
