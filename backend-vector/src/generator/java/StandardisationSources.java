import java.util.List;

/**
 * Writes the loops over whole rows that standardise them, and take the derivative of that.
 *
 * <p>Each is a few passes over all rows of a tile, which L1 or L2 holds: a sum over a row ends with
 * a chain of dependent instructions as long as the sum itself, beside which a processor can add up
 * the next row, but not if that waits for what the chain gives.
 */
final class StandardisationSources {
  /** The elements of operand a at some place. */
  private static final String A = "FloatVector.fromArray(SPECIES, ax, ap + %1$s)";

  private static final String B = "FloatVector.fromArray(SPECIES, bx, bp + %1$s)";
  private static final String A_TIMES_D = A + ".mul(FloatVector.fromArray(SPECIES, dx, dp + %1$s))";

  private final StringBuilder source;

  private StandardisationSources(StringBuilder source) {
    this.source = source;
  }

  /** Writes the loops behind what is there. */
  static void loops(StringBuilder source) {
    new StandardisationSources(source).loops();
  }

  private void loops() {
    head("inverseDeviation", "One over the deviation of each row a from its mean, to out.");
    mean();
    deviation("out[oo + r * os]");
    end();

    head("standardise", "Each row a less its mean, times its number in c.");
    mean();
    standardise();
    end();

    head(
        "deviationAndStandardise",
        "One over the deviation of each row a from its mean, to c, and the row less its mean, times"
            + " that.");
    mean();
    deviation("cx[co + r * cs]");
    standardise();
    end();

    String gradient =
        "less their mean and their part along b, times the row's number in c: the derivative of"
            + " what standardises to b.";
    gradient("standardiseGradient", "Cotangents a " + gradient, A, "b");
    gradient("standardiseGradientOfProduct", "Cotangents a d " + gradient, A_TIMES_D, "b", "d");
  }

  private void mean() {
    rows();
    means(List.of("a"), List.of(A), List.of("mean"), List.of("%s.add(a%d)"));
    line("      sx[so + r * ss] = mean;\n    }");
  }

  private void deviation(String to) {
    rows();
    line("      float mean = sx[so + r * ss];");
    String centred = A + ".sub(mean)";
    means(List.of("a"), List.of(centred), List.of("square"), List.of("a%2$d.fma(a%2$d, %1$s)"));
    line("      %s = (float) (1 / Math.sqrt(square + epsilon));\n    }", to);
  }

  private void standardise() {
    rows();
    line("      float mean = sx[so + r * ss];");
    results(List.of("a"), List.of(A), "a.sub(mean).mul(scale)");
  }

  private void gradient(String name, String what, String cotangent, String... others) {
    head(name, what);
    rows(others);
    means(
        List.of("a", "b"),
        List.of(cotangent, B),
        List.of("mean", "along"),
        List.of("%s.add(a%d)", "a%2$d.fma(b%2$d, %1$s)"));
    line("      sx[so + r * ss] = mean;\n      sx[so + r * ss + 1] = along;\n    }");
    rows(others);
    line("      float mean = sx[so + r * ss];\n      float along = sx[so + r * ss + 1];");
    results(
        List.of("a", "b"),
        List.of(cotangent, B),
        "b.neg().fma(FloatVector.broadcast(SPECIES, along), a.sub(mean)).mul(scale)");
    end();
  }

  private void head(String name, String what) {
    source.append(
        """

          /** WHAT */
          static void NAME(float[] ax, int ao, int as, float[] bx, int bStart, int bs, float[] cx, int co, int cs,
              float[] dx, int dStart, int ds, float[] sx, int so, int ss,
              float[] out, int oo, int os, int rows, int n, VectorMask<Float> rest, float epsilon) {
            int whole = n - n % LANES;
            int last = Math.max(0, n - LANES);
            FloatVector zero = FloatVector.zero(SPECIES);
        """
            .replace("WHAT", what)
            .replace("NAME", name));
  }

  private void end() {
    line("  }");
  }

  /** Begins a pass over all rows of a, and maybe of others. */
  private void rows(String... others) {
    line("    for (int r = 0; r < rows; r++) {\n      int ap = ao + r * as;");
    for (String other : others) {
      line("      int %sp = %sStart + r * %ss;".replace("%s", other));
    }
  }

  /**
   * Means over a row, with four accumulators each, in blocks, so that no chain of additions is
   * long.
   *
   * @param operands their names
   * @param loads from a place to the elements of an operand there
   * @param terms from the accumulator and its number to what it becomes
   */
  private void means(
      List<String> operands, List<String> loads, List<String> names, List<String> terms) {
    for (String name : names) {
      line("      FloatVector %sAll = zero;", name);
    }
    line("      for (int from = 0; from < whole; from += BLOCK) {");
    line("        int end = Math.min(whole, from + BLOCK);\n        int i = from;");
    for (String name : names) {
      for (int k = 0; k < 4; k++) {
        line("        FloatVector %s%d = zero;", name, k);
      }
    }
    line("        for (; i <= end - 4 * LANES; i += 4 * LANES) {");
    for (int k = 0; k < 4; k++) {
      terms(operands, loads, names, terms, k);
    }
    line("        }\n        for (; i < end; i += LANES) {");
    terms(operands, loads, names, terms, 0);
    line("        }");
    for (String name : names) {
      line("        %1$sAll = %1$sAll.add(%1$s0.add(%1$s1).add(%1$s2.add(%1$s3)));", name);
    }
    line("      }");
    line("      {");
    for (int x = 0; x < operands.size(); x++) {
      String load = loads.get(x).formatted("last");
      line("      FloatVector %s4 = zero.blend(%s, rest);", operands.get(x), load);
    }
    for (int k = 0; k < names.size(); k++) {
      String all = names.get(k) + "All";
      line("      %s = %s;", all, terms.get(k).formatted(all, 4));
    }
    line("      }");
    for (String name : names) {
      String all = name + "All";
      for (int d = 8; d >= 1; d /= 2) {
        String half = "%1$s = %1$s.add(%1$s.rearrange(DOWN%2$d));".formatted(all, d);
        line(d == 1 ? "      %2$s" : "      if (LANES > %1$d) {\n        %2$s\n      }", d, half);
      }
      line("      float %s = %s.lane(0) / n;", name, all);
    }
  }

  private void terms(
      List<String> operands, List<String> loads, List<String> names, List<String> terms, int k) {
    for (int x = 0; x < operands.size(); x++) {
      String load = loads.get(x).formatted("i + " + k + " * LANES");
      line("          FloatVector %s%d = %s;", operands.get(x), k, load);
    }
    for (int t = 0; t < names.size(); t++) {
      String sum = names.get(t) + k;
      line("          %s = %s;", sum, terms.get(t).formatted(sum, k));
    }
  }

  /**
   * A result for each element of a row. The operands of the last vector are read first: out may be
   * an operand.
   *
   * <p>What is the same for a whole row stays a number: as a vector that is made before the loop C2
   * may keep it as an object, one a row.
   */
  private void results(List<String> operands, List<String> loads, String expression) {
    line("      float scale = cx[co + r * cs];\n      int to = oo + r * os;");
    for (int x = 0; x < operands.size(); x++) {
      line("      FloatVector %sLast = %s;", operands.get(x), loads.get(x).formatted("last"));
    }
    line("      for (int i = 0; i < whole; i += LANES) {");
    for (int x = 0; x < operands.size(); x++) {
      line("        FloatVector %s = %s;", operands.get(x), loads.get(x).formatted("i"));
    }
    line("        %s.intoArray(out, to + i);\n      }\n      if (whole < n) {", expression);
    for (String x : operands) {
      line("        FloatVector %1$s = %1$sLast;", x);
    }
    line("        %s.intoArray(out, to + last);\n      }\n    }", expression);
  }

  private void line(String format, Object... values) {
    source.append(format.formatted(values)).append('\n');
  }
}
