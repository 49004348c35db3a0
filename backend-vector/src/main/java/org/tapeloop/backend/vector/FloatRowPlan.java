package org.tapeloop.backend.vector;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowPrograms;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Translates a row program to steps over tiles of rows.
 *
 * <p>Values of at least one vector ("wide") are computed where they stand, in memory or in a
 * register; narrower ones in registers only, where a tile of them is one dense line. A column that
 * stands for a wide row is first spread to one vector a row, which the loops then read again and
 * again; it is kept for later instructions until its column may have changed.
 */
final class FloatRowPlan {
  private static final int LANES = FloatLoop.EACH;

  /** Elements of a row that one fold takes; longer rows are folded in pieces, joined as a tree. */
  private static final int RUN = 4 * 32 * LANES;

  /** Elements of all registers of a tile that stays in L1: 32 KiB. */
  private static final int NEAR = 8192;

  /** And in L2: 256 KiB. */
  private static final int FAR = 65536;

  /** A step's call takes as long as about ten vectors, and should be a tenth of the time. */
  private static final int VECTORS_PER_STEP = 100;

  /** Rows of a tile, at most. */
  private static final int MOST_ROWS = 256;

  private final List<RowProgram.Instruction> instructions;
  private final List<FloatStep> steps = new ArrayList<>();
  private final FloatRowPlaces places;
  private final FloatPlace.Register side;

  /** Two sums a row, of a loop over whole rows. */
  private final FloatPlace.Register sums;

  /** What the instructions compute for one row. */
  private int vectors;

  private FloatRowPlan(RowProgram program) {
    this.places = new FloatRowPlaces(program.registers(), steps);
    this.side = places.register(LANES);
    this.sums = places.register(2);
    this.instructions = program.instructions();
    var pairs = new RowPairs(program);
    for (int i = 0; i < instructions.size(); i++) {
      RowProgram.Instruction instruction = instructions.get(i);
      boolean last = i == instructions.size() - 1;
      if (!last && pair(pairs, i)) {
        places.forgetSpread(instruction.out());
        instruction = instructions.get(++i);
      } else if (instruction.out().width() > 0) {
        translate(instruction);
      }
      places.forgetSpread(instruction.out());
      int width = instruction.operands().stream().mapToInt(Slot::width).max().orElse(0);
      vectors += (Math.max(width, instruction.out().width()) + LANES - 1) / LANES;
    }
  }

  static RowPrograms.RowKernel prepare(RowProgram program) {
    return new FloatRowPlan(program).kernel();
  }

  private RowPrograms.RowKernel kernel() {
    int height = height(Math.max(1, places.elements()));
    int size = places.layOut(height);
    return new FloatRowKernel(steps.toArray(FloatStep[]::new), height, size);
  }

  /** Rows of a tile: its registers in L1, unless the calls would take too large a share. */
  private int height(int elements) {
    int enough = VECTORS_PER_STEP * steps.size() / Math.max(1, vectors) + 1;
    int rows = Math.max(NEAR / elements, Math.min(enough, FAR / elements));
    return Math.max(1, Math.min(MOST_ROWS, rows));
  }

  private void translate(RowProgram.Instruction instruction) {
    boolean narrow = instruction.out().width() < LANES;
    switch (instruction) {
      case RowProgram.Unary(var kernel, var x, var out) ->
          unary(FloatUnaryLoops.of(kernel), x, out, narrow);
      case RowProgram.Binary(var kernel, var a, var b, var out) ->
          binary(FloatBinaryLoops.of(kernel), a, b, out, narrow);
      case RowProgram.Select(var condition, var a, var b, var out) ->
          select(condition, a, b, out, narrow);
      case RowProgram.Reduce(var kernel, var x, var out) -> reduce(kernel, x, places.of(out));
      case RowProgram.InverseDeviation(var x, var epsilon, var out) -> {
        FloatPlace row = places.row(x);
        rows(FloatStandardise.DEVIATION, row, row, row, row, places.of(out), x.width(), epsilon);
      }
      case RowProgram.Standardise(var x, var scale, var out) -> {
        FloatPlace row = places.row(x);
        standardise(FloatStandardise.FORWARD, row, row, scale, row, out, 0);
      }
      case RowProgram.StandardiseGradient(var g, var y, var scale, var out) -> {
        FloatPlace cotangent = places.row(g);
        standardise(FloatStandardise.GRADIENT, cotangent, places.row(y), scale, cotangent, out, 0);
      }
      case RowProgram.Move(var x, var out) -> move(x, out, narrow);
    }
  }

  // ---- instructions ----

  /** Translates an instruction and the next to one loop, if there is such a loop. */
  private boolean pair(RowPairs pairs, int at) {
    RowProgram.Instruction first = instructions.get(at);
    RowProgram.Instruction second = instructions.get(at + 1);
    if (first instanceof RowProgram.InverseDeviation(var of, var epsilon, var deviation)
        && second instanceof RowProgram.Standardise(var x, var scale, var out)
        && x.equals(of)
        && scale.equals(deviation)) {
      FloatPlace row = places.row(x);
      standardise(FloatStandardise.BOTH, row, row, scale, row, out, epsilon);
      return true;
    }
    if (second.out().width() < LANES
        || !(first instanceof RowProgram.Binary binary)
        || !pairs.areOne(at)) {
      return false;
    }
    return switch (second) {
      case RowProgram.Unary(var kernel, var x, var out) -> ofSum(binary, kernel, out);
      case RowProgram.Binary then -> binary(binary, then);
      case RowProgram.StandardiseGradient gradient -> ofProduct(binary, gradient);
      default -> false;
    };
  }

  private boolean ofProduct(RowProgram.Binary product, RowProgram.StandardiseGradient gradient) {
    Slot a = product.a();
    Slot b = product.b();
    boolean possible =
        product.kernel() == BinaryKernel.MUL
            && a.width() == b.width()
            && gradient.g().equals(product.out());
    if (possible) {
      FloatLoop loop = FloatStandardise.GRADIENT_OF_PRODUCT;
      standardise(
          loop,
          places.of(a),
          places.of(gradient.y()),
          gradient.scale(),
          places.of(b),
          gradient.out(),
          0);
    }
    return possible;
  }

  private boolean ofSum(RowProgram.Binary sum, UnaryKernel kernel, Slot out) {
    boolean stretched = sum.a().width() == 1 || sum.b().width() == 1;
    if (sum.kernel() != BinaryKernel.ADD || stretched) {
      return false;
    }
    FloatLoop loop = FloatPairLoops.ofSum(kernel);
    if (loop != null) {
      wide(loop, sum.a(), sum.b(), out);
    }
    return loop != null;
  }

  private boolean binary(RowProgram.Binary first, RowProgram.Binary second) {
    boolean swapped = second.b().equals(first.out());
    FloatLoop loop = FloatPairLoops.of(first.kernel(), second.kernel(), swapped);
    if (loop != null) {
      wide(loop, first.a(), first.b(), swapped ? second.a() : second.b(), second.out());
    }
    return loop != null;
  }

  private void wide(FloatLoop loop, Slot a, Slot b, Slot out) {
    steps.add(
        new FloatWideStep.Binary(
            loop, places.operand(a), places.operand(b), places.of(out), out.width(), side));
  }

  private void wide(FloatLoop loop, Slot a, Slot b, Slot c, Slot out) {
    steps.add(
        new FloatWideStep.Ternary(
            loop,
            places.operand(a),
            places.operand(b),
            places.operand(c),
            places.of(out),
            out.width(),
            side));
  }

  private void unary(FloatLoop loop, Slot x, Slot out, boolean narrow) {
    int width = out.width();
    if (narrow) {
      FloatPlace result = places.result(out);
      steps.add(FloatStep.Narrow.unary(loop, places.packed(x, width), result, width));
      places.deliver(result, out);
    } else if (x.width() == 1) {
      FloatPlace result = places.register(1).place;
      steps.add(FloatStep.Narrow.unary(loop, places.packed(x, 1), result, 1));
      steps.add(new FloatStep.Spread(result, places.of(out), width));
    } else {
      steps.add(new FloatWideStep.Unary(loop, places.of(x), places.of(out), width, side));
    }
  }

  private void binary(FloatLoop loop, Slot a, Slot b, Slot out, boolean narrow) {
    int width = out.width();
    if (narrow) {
      FloatPlace result = places.result(out);
      steps.add(
          FloatStep.Narrow.binary(
              loop, places.packed(a, width), places.packed(b, width), result, width));
      places.deliver(result, out);
    } else {
      wide(loop, a, b, out);
    }
  }

  private void select(Slot condition, Slot a, Slot b, Slot out, boolean narrow) {
    int width = out.width();
    if (narrow) {
      FloatPlace result = places.result(out);
      steps.add(
          FloatStep.Narrow.select(
              places.packed(condition, width),
              places.packed(a, width),
              places.packed(b, width),
              result,
              width));
      places.deliver(result, out);
    } else {
      wide(FloatStep.SELECT, condition, a, b, out);
    }
  }

  private void move(Slot x, Slot out, boolean narrow) {
    boolean stretched = x.width() == 1 && out.width() > 1;
    if (narrow) {
      steps.add(new FloatStep.Gather(places.of(x), stretched, places.of(out), out.width()));
    } else if (stretched) {
      steps.add(new FloatStep.Spread(places.of(x), places.of(out), out.width()));
    } else {
      steps.add(FloatWideStep.Unary.copy(places.of(x), places.of(out), out.width(), side));
    }
  }

  /** Rows of out from rows a, b and d, and a column each. */
  private void standardise(
      FloatLoop loop,
      FloatPlace a,
      FloatPlace b,
      Slot scale,
      FloatPlace d,
      Slot out,
      double epsilon) {
    int width = out.width();
    boolean narrow = width < LANES;
    FloatPlace result = narrow ? places.register(LANES).place : places.of(out);
    rows(loop, a, b, places.of(scale), d, result, width, epsilon);
    if (narrow) {
      steps.add(new FloatStep.Gather(result, false, places.of(out), width));
    }
  }

  private void rows(
      FloatLoop loop,
      FloatPlace a,
      FloatPlace b,
      FloatPlace scale,
      FloatPlace d,
      FloatPlace out,
      int width,
      double epsilon) {
    FloatPlace kept = sums.place;
    steps.add(new FloatStandardise(loop, a, b, scale, d, kept, out, width, (float) epsilon));
  }

  private void reduce(ReduceKernel kernel, Slot x, FloatPlace out) {
    if (x.width() < LANES) {
      FloatPlace.Register padded = places.register(LANES);
      steps.add(new FloatStep.Fill(padded, (float) kernel.identity()));
      steps.add(new FloatStep.Gather(places.of(x), false, padded.place, x.width()));
      steps.add(new FloatStep.Fold(kernel, padded.place, LANES, out));
    } else if (x.width() <= RUN) {
      steps.add(new FloatStep.Fold(kernel, places.of(x), x.width(), out));
    } else {
      int pieces = (x.width() + RUN - 1) / RUN;
      FloatPlace result = join(kernel, x, 0, pieces);
      steps.add(new FloatStep.Gather(result, false, out, 1));
    }
  }

  /** Folds some pieces of a long row. */
  private FloatPlace join(ReduceKernel kernel, Slot x, int from, int end) {
    int count = end - from;
    FloatPlace result = places.register(1).place;
    if (count == 1) {
      int width = Math.min(RUN, x.width() - from * RUN);
      Slot piece = new Slot(x.register(), x.index(), x.column() + from * RUN, width);
      reduce(kernel, piece, result);
    } else {
      int left = Integer.highestOneBit(count - 1);
      FloatLoop loop = FloatBinaryLoops.of(joining(kernel));
      FloatPlace a = join(kernel, x, from, from + left);
      FloatPlace b = join(kernel, x, from + left, end);
      steps.add(FloatStep.Narrow.binary(loop, a, b, result, 1));
    }
    return result;
  }

  private static BinaryKernel joining(ReduceKernel kernel) {
    return switch (kernel) {
      case SUM -> BinaryKernel.ADD;
      case PRODUCT -> BinaryKernel.MUL;
      case MAX -> BinaryKernel.MAXIMUM;
      case MIN -> BinaryKernel.MINIMUM;
    };
  }
}
