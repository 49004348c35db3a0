import java.util.ArrayList;
import java.util.List;

/**
 * Writes the loops over vectors, one method each: they differ in one expression.
 *
 * <p>A method taking the expression as a function would be the same code for all of them, and C2
 * compiles vectors to registers only where it sees what is called. So each is spelled out.
 */
final class LoopSources {
  private final StringBuilder source = new StringBuilder();

  private LoopSources() {}

  static String loops(String header) {
    var s = new LoopSources();
    s.source
        .append(header)
        .append(
            """
            /**
             * Loops over whole vectors of some rows, one for each elementwise function or pass of one, and over whole rows.
             *
             * <p>Row r of x begins at {@code x[xo + r*xs]}, and n is a multiple of the lanes. {@code xv} is the distance from
             * one vector of a row to the next: the lanes, or 0 where one vector stands for the row. out may be the very place of
             * an operand. Cheap functions are bound by their loads and stores, which no cache line is aligned to. One loop runs over all
             * rows, 0.9 ns for 16 floats in L1, for an inner loop would be entered too often, at tens of nanoseconds; long rows
             * have an inner loop, 0.6 ns, where C2 checks bounds once. The others are bound by the multiply-add units and the
             * divider.
             */
            final class FloatLoops {
              private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
              private static final int LANES = SPECIES.length();

              /** Elements of a long row. */
              private static final int LONG = 16 * LANES;

              /** Elements that one chain of additions takes with four accumulators. */
              private static final int BLOCK = 4 * 32 * LANES;
            """);
    for (int d = 8; d >= 1; d /= 2) {
      s.line(
          "  private static final VectorShuffle<Float> DOWN%d = VectorShuffle.iota(SPECIES, %d, 1,"
              + " true);",
          d, d);
    }
    s.line("\n  private FloatLoops() {}");
    s.unary();
    s.binary();
    s.loop("select", List.of("s", "a", "b"), "a.blend(b, s.compare(VectorOperators.EQ, 0))");
    s.pairs();
    s.ofSums();
    s.spread();
    s.fold("sum", "0", "add");
    s.fold("product", "1", "mul");
    s.fold("largest", "Float.NEGATIVE_INFINITY", "max");
    s.fold("smallest", "Float.POSITIVE_INFINITY", "min");
    StandardisationSources.loops(s.source);
    return s.source.append("}\n").toString();
  }

  private void unary() {
    List<String> x = List.of("x");
    loop("copy", x, "x");
    loop("negate", x, "x.neg()");
    loop("abs", x, "x.abs()");
    loop(
        "sign",
        x,
        "x.blend(1, x.compare(VectorOperators.GT, 0)).blend(-1, x.compare(VectorOperators.LT, 0))");
    loop("sqrt", x, "x.sqrt()");
    loop("rsqrt", x, "FloatVector.broadcast(SPECIES, 1).div(x.sqrt())");
    loop("reciprocal", x, "FloatVector.broadcast(SPECIES, 1).div(x)");
    loop("square", x, "x.mul(x)");
    loop("relu", x, "x.max(0)");
    large("exp", x, "FloatMath.exp(x)");
    large("expm1", x, "FloatMath.expm1(x)");
    large("log", x, "FloatMath.log(x)");
    large("log1p", x, "FloatMath.log1p(x)");
    large("sigmoid", x, "FloatMath.sigmoid(x)");
    large("tanh", x, "FloatMath.tanh(x)");
    large("decay", x, "FloatMath.decay(FloatMath.negative(x))");
    large("bell", x, "FloatMath.decay(x.mul(x).neg())");
  }

  private void binary() {
    List<String> ab = List.of("a", "b");
    for (Cheap cheap : Cheap.values()) {
      loop(cheap.loop, ab, cheap.of("a", "b"));
    }
    loop("div", ab, "a.div(b)");
    loop("maximum", ab, "a.max(b)");
    loop("minimum", ab, "a.min(b)");
    comparison("equal", "EQ");
    comparison("notEqual", "NE");
    comparison("less", "LT");
    comparison("lessEqual", "LE");
    large("softplusLogarithm", ab, "FloatMath.log1p(b).add(a.max(0))");
    large("erfLarge", ab, "FloatMath.erfLarge(a, b)");
    large("erfSmall", ab, "FloatMath.erfSmall(a, b)");
  }

  /**
   * Cheap functions of a and b: from the name of the kernel to that of the loop and to its code.
   */
  private enum Cheap {
    ADD("add", "%1$s.add(%2$s)"),
    SUB("sub", "%1$s.sub(%2$s)"),
    MUL("mul", "%1$s.mul(%2$s)"),
    TANH_GRADIENT(
        "tanhGradient", "%2$s.neg().fma(%2$s, FloatVector.broadcast(SPECIES, 1)).mul(%1$s)"),
    SIGMOID_GRADIENT(
        "sigmoidGradient", "%2$s.mul(FloatVector.broadcast(SPECIES, 1).sub(%2$s)).mul(%1$s)");

    private final String loop;
    private final String code;

    Cheap(String loop, String code) {
      this.loop = loop;
      this.code = code;
    }

    String of(String a, String b) {
      return code.formatted(a, b);
    }

    /** The name of the loop that goes on to another function. */
    String then(Cheap second, boolean swapped) {
      String next = second.name().charAt(0) + second.loop.substring(1);
      return loop + "Then" + next + (swapped ? "From" : "");
    }
  }

  /** Two cheap functions in one loop, without a store and a load of what the first gives. */
  private void pairs() {
    List<String> abc = List.of("a", "b", "c");
    for (Cheap first : Cheap.values()) {
      for (Cheap second : Cheap.values()) {
        String between = first.of("a", "b");
        loop(first.then(second, false), abc, second.of(between, "c"));
        if (second == Cheap.SUB) {
          loop(first.then(second, true), abc, second.of("c", between));
        }
      }
    }
    source.append(
        """

          /**
           * The loop of {@code second(first(a, b), c)}, or if swapped of {@code second(c, first(a, b))}; null if there is none.
           */
          static FloatLoop.@Nullable Ternary pair(BinaryKernel first, BinaryKernel second, boolean swapped) {
            return switch (first) {
        """);
    for (Cheap first : Cheap.values()) {
      line("      case %s -> switch (second) {", first);
      for (Cheap second : Cheap.values()) {
        String straight = "FloatLoops::" + first.then(second, false);
        String other =
            switch (second) {
              case ADD, MUL -> straight;
              case SUB -> "FloatLoops::" + first.then(second, true);
              default -> "null";
            };
        String choice =
            other.equals(straight) ? straight : "swapped ? %s : %s".formatted(other, straight);
        line("        case %s -> %s;", second, choice);
      }
      line("        default -> null;\n      };");
    }
    line("      default -> null;\n    };\n  }");
  }

  /** Functions of a sum, such as of what a product gives and a bias. */
  private void ofSums() {
    large("sigmoidOfSum", List.of("a", "b"), "FloatMath.sigmoid(a.add(b))");
    large("expOfSum", List.of("a", "b"), "FloatMath.exp(a.add(b))");
    large("tanhOfSum", List.of("a", "b"), "FloatMath.tanh(a.add(b))");
    loop("reluOfSum", List.of("a", "b"), "a.add(b).max(0)");
  }

  private void comparison(String name, String operator) {
    loop(
        name,
        List.of("a", "b"),
        "FloatVector.zero(SPECIES).blend(1, a.compare(VectorOperators." + operator + ", b))");
  }

  /**
   * A function too large for two loops in one method, and large enough for C2 not to unroll it: so
   * an inner loop costs nothing to enter. No operand stands for a whole row.
   */
  private void large(String name, List<String> operands, String expression) {
    head(name, operands);
    line("    for (int r = 0; r < rows; r++) {");
    row(operands, expression);
    line("    }\n  }");
  }

  /** One function of one to three operands. A lone operand always has a vector for each of out. */
  private void loop(String name, List<String> operands, String expression) {
    head(name, operands);
    boolean alone = operands.size() == 1;
    List<String> conditions = new ArrayList<>();
    conditions.add("n >= LONG");
    for (String x : operands) {
      if (!alone) {
        conditions.add(x + "v == LANES");
      }
    }
    line("    if (%s) {", String.join(" && ", conditions));
    line("      for (int r = 0; r < rows; r++) {");
    row(operands, expression);
    line("      }\n      return;\n    }");
    rows(operands, expression);
    line("  }");
  }

  /** One loop over the vectors of a row, and on to the next. */
  private void row(List<String> operands, String expression) {
    line("        for (int i = 0; i < n; i += LANES) {");
    for (String x : operands) {
      line("          FloatVector %s = FloatVector.fromArray(SPECIES, %s0, %so + i);", x, x, x);
    }
    line("          %s.intoArray(out, oo + i);\n        }", expression);
    for (String x : operands) {
      line("        %so += %ss;", x, x);
    }
    line("        oo += os;");
  }

  private void head(String name, List<String> operands) {
    List<String> parameters = new ArrayList<>();
    for (String x : operands) {
      parameters.add("float[] %s0, int %so, int %ss".formatted(x, x, x));
      if (operands.size() > 1) {
        parameters.add("int " + x + "v");
      }
    }
    line("\n  static void %s(", name);
    line("      %s,", String.join(", ", parameters));
    line("      float[] out, int oo, int os, int rows, int n) {");
  }

  /** One loop over the vectors of all rows. */
  private void rows(List<String> operands, String expression) {
    boolean alone = operands.size() == 1;
    line("    int count = n / LANES;\n    int left = n;\n    int outGap = os - n;");
    for (String x : operands) {
      line("    int %sGap = %ss - count * %s;", x, x, alone ? "LANES" : x + "v");
    }
    line("    for (int k = rows * count; k > 0; k--) {");
    for (String x : operands) {
      line("      FloatVector %s = FloatVector.fromArray(SPECIES, %s0, %so);", x, x, x);
    }
    line("      %s.intoArray(out, oo);", expression);
    for (String x : operands) {
      line("      %so += %s;", x, alone ? "LANES" : x + "v");
    }
    line("      oo += LANES;\n      left -= LANES;\n      if (left == 0) {\n        left = n;");
    for (String x : operands) {
      line("        %so += %sGap;", x, x);
    }
    line("        oo += outGap;\n      }\n    }");
  }

  private void spread() {
    source.append(
        """

          /** Spreads one element a row over the row. */
          static void spread(float[] x, int xo, int xs, float[] out, int oo, int os, int rows, int n) {
            for (int r = 0; r < rows; r++) {
              FloatVector v = FloatVector.broadcast(SPECIES, x[xo + r * xs]);
              int end = oo + r * os + n;
              for (int i = oo + r * os; i < end; i += LANES) {
                v.intoArray(out, i);
              }
            }
          }
        """);
  }

  private void fold(String name, String identity, String join) {
    source.append(
        """

          /**
           * Folds each row to one element: neighbours that fill vectors with four accumulators, then those behind them, then the
           * lanes by halves. A load under a mask would reach beyond the array in the last row, where the Vector API makes masks
           * by calls that C2 inlines only as long as it has seen no other species there.
           */
          static void NAME(float[] x, int xo, int xs, float[] out, int oo, int os, int rows, int width,
              VectorShuffle<Float> rotation, VectorMask<Float> rest) {
            int n = width - width % LANES;
            FloatVector identity = FloatVector.broadcast(SPECIES, IDENTITY);
            for (int r = 0; r < rows; r++, xo += xs, oo += os) {
              FloatVector a = identity;
              FloatVector b = identity;
              FloatVector c = identity;
              FloatVector d = identity;
              int i = xo;
              int end = xo + n;
              for (; i <= end - 4 * LANES; i += 4 * LANES) {
                a = a.JOIN(FloatVector.fromArray(SPECIES, x, i));
                b = b.JOIN(FloatVector.fromArray(SPECIES, x, i + LANES));
                c = c.JOIN(FloatVector.fromArray(SPECIES, x, i + 2 * LANES));
                d = d.JOIN(FloatVector.fromArray(SPECIES, x, i + 3 * LANES));
              }
              for (; i < end; i += LANES) {
                a = a.JOIN(FloatVector.fromArray(SPECIES, x, i));
              }
              FloatVector last = FloatVector.fromArray(SPECIES, x, xo + width - LANES);
              FloatVector tail = identity.blend(last.rearrange(rotation), rest);
              FloatVector v = a.JOIN(b).JOIN(c.JOIN(d)).JOIN(tail);
              if (LANES > 8) {
                v = v.JOIN(v.rearrange(DOWN8));
              }
              if (LANES > 4) {
                v = v.JOIN(v.rearrange(DOWN4));
              }
              if (LANES > 2) {
                v = v.JOIN(v.rearrange(DOWN2));
              }
              out[oo] = v.JOIN(v.rearrange(DOWN1)).lane(0);
            }
          }
        """
            .replace("NAME", name)
            .replace("IDENTITY", identity)
            .replace("JOIN", join));
  }

  private void line(String format, Object... values) {
    source.append(format.formatted(values)).append('\n');
  }
}
