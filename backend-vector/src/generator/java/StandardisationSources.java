import java.util.List;

/** Writes the loops over whole rows that standardise them, and take the derivative of that. */
final class StandardisationSources {
  private final StringBuilder source;

  private StandardisationSources(StringBuilder source) {
    this.source = source;
  }

  /** Writes the loops behind what is there. */
  static void loops(StringBuilder source) {
    new StandardisationSources(source).loops();
  }

  private void loops() {
    rowHead("inverseDeviation", "One over the deviation of each row a from its mean.");
    means(List.of("a"), "", List.of("mean"), List.of("%s.add(a%d)"));
    means(List.of("a"), ".sub(mean)", List.of("square"), List.of("a%2$d.fma(a%2$d, %1$s)"));
    line("      out[oo] = (float) (1 / Math.sqrt(square + epsilon));\n    }\n  }");

    rowHead("standardise", "Each row a less its mean, times its number in c.");
    means(List.of("a"), "", List.of("mean"), List.of("%s.add(a%d)"));
    results(List.of("a"), "a.sub(mean).mul(scale)");

    rowHead(
        "standardiseGradient",
        "Cotangents a of standardised rows b: less their mean and their part along b, times the"
            + " row's number in c.");
    means(
        List.of("a", "b"),
        "",
        List.of("mean", "along"),
        List.of("%s.add(a%d)", "a%2$d.fma(b%2$d, %1$s)"));
    results(
        List.of("a", "b"),
        "b.neg().fma(FloatVector.broadcast(SPECIES, along), a.sub(mean)).mul(scale)");
  }

  private void rowHead(String name, String what) {
    source.append(
        """

          /** WHAT */
          static void NAME(float[] ax, int ao, int as, float[] bx, int bo, int bs, float[] cx, int co, int cs,
              float[] out, int oo, int os, int rows, int n, VectorMask<Float> rest, float epsilon) {
            int whole = n - n % LANES;
            int last = Math.max(0, n - LANES);
            FloatVector zero = FloatVector.zero(SPECIES);
            for (int r = 0; r < rows; r++, ao += as, bo += bs, co += cs, oo += os) {
        """
            .replace("WHAT", what)
            .replace("NAME", name));
  }

  /**
   * Means over a row, with four accumulators each, in blocks, so that no chain of additions is
   * long.
   *
   * @param change what is done to an operand first
   * @param terms from the accumulator and its number to what it becomes
   */
  private void means(List<String> operands, String change, List<String> names, List<String> terms) {
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
      terms(operands, change, names, terms, k);
    }
    line("        }\n        for (; i < end; i += LANES) {");
    terms(operands, change, names, terms, 0);
    line("        }");
    for (String name : names) {
      line("        %1$sAll = %1$sAll.add(%1$s0.add(%1$s1).add(%1$s2.add(%1$s3)));", name);
    }
    line("      }");
    line("      {");
    for (String x : operands) {
      line(
          "      FloatVector %1$s4 = zero.blend(FloatVector.fromArray(SPECIES, %1$sx, %1$so +"
              + " last)%2$s, rest);",
          x, change);
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
      List<String> operands, String change, List<String> names, List<String> terms, int k) {
    for (String x : operands) {
      line(
          "          FloatVector %1$s%2$d = FloatVector.fromArray(SPECIES, %1$sx, %1$so + i + %2$d"
              + " * LANES)%3$s;",
          x, k, change);
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
  private void results(List<String> operands, String expression) {
    line("      float scale = cx[co];");
    for (String x : operands) {
      line("      FloatVector %1$sLast = FloatVector.fromArray(SPECIES, %1$sx, %1$so + last);", x);
    }
    line("      for (int i = 0; i < whole; i += LANES) {");
    for (String x : operands) {
      line("        FloatVector %1$s = FloatVector.fromArray(SPECIES, %1$sx, %1$so + i);", x);
    }
    line("        %s.intoArray(out, oo + i);\n      }\n      if (whole < n) {", expression);
    for (String x : operands) {
      line("        FloatVector %1$s = %1$sLast;", x);
    }
    line("        %s.intoArray(out, oo + last);\n      }\n    }\n  }", expression);
  }

  private void line(String format, Object... values) {
    source.append(format.formatted(values)).append('\n');
  }
}
