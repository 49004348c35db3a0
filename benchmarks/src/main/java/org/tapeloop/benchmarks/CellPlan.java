package org.tapeloop.benchmarks;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tapeloop.autograd.scan.ScanMode;

/**
 * What the plan of a cell's training step says of it.
 *
 * @param gigaflops operations of all products, forward and backward
 * @param kept numbers that forward keeps for backward, a sequence and step
 */
record CellPlan(double gigaflops, int kept) {
  private static final Pattern PRODUCTS = Pattern.compile("(?m)^products: (\\S+) GFLOP");
  private static final Pattern KEPT =
      Pattern.compile("(?m)^  kept from forward: .*: (\\d+) numbers a sequence and step");
  private static final Map<String, CellPlan> PLANS = new ConcurrentHashMap<>();

  /** The plan of a cell at a size. */
  static CellPlan of(LibraryCell cell, LayerSize size) {
    return PLANS.computeIfAbsent(
        cell + " " + size, name -> parse(TrainStep.of(cell, size, ScanMode.COMPILED).explain()));
  }

  /** From what {@code explain} prints. */
  static CellPlan parse(String plan) {
    return new CellPlan(
        Double.parseDouble(only(PRODUCTS, plan)), Integer.parseInt(only(KEPT, plan)));
  }

  private static String only(Pattern pattern, String plan) {
    Matcher matcher = pattern.matcher(plan);
    if (!matcher.find()) {
      throw new IllegalStateException("no line '" + pattern + "' in the plan:\n" + plan);
    }
    return matcher.group(1);
  }
}
