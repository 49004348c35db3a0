package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.RowProgram;

/** A plan in words, for the sizes of one run. */
final class PlanText {
  private final CompiledStep step;
  private final Backend backend;
  private final List<Capture> captures;
  private final int steps;
  private final int batch;
  private final int elementBytes;
  private final StringBuilder text = new StringBuilder();
  private double loopFlops;
  private double otherFlops;

  private PlanText(
      CompiledStep step,
      Backend backend,
      List<Capture> captures,
      int steps,
      int batch,
      int elementBytes) {
    this.step = step;
    this.backend = backend;
    this.captures = captures;
    this.steps = steps;
    this.batch = batch;
    this.elementBytes = elementBytes;
  }

  /** A captured tensor. */
  record Capture(Shape shape, @Nullable String name) {
    @Override
    public String toString() {
      return (name == null ? "a captured tensor" : name) + " " + shape;
    }
  }

  static String of(
      CompiledStep step,
      Backend backend,
      List<Capture> captures,
      int steps,
      int batch,
      int elementBytes) {
    PlanText plan = new PlanText(step, backend, captures, steps, batch, elementBytes);
    plan.write();
    return plan.text.toString();
  }

  private void write() {
    Plan plan = step.plan();
    line("scan of %d steps, batch %d, backend %s", steps, batch, backend.name());
    line("  products outside the loop: the backend's general product");
    line(
        "  products in the loop: %s",
        packs() ? "matrices packed once a run" : "the backend's general product");
    line(
        "  elementwise work: %s",
        backend.rowPrograms().isFused()
            ? "fused row programs"
            : "the backend's kernels, one call an instruction");
    for (int i = 0; i < captures.size(); i++) {
      line("  #%d is %s", i, captures.get(i));
    }
    line("forward");
    stage("before the loop, all steps at once (hoisted)", plan.before(), plan.buffers(), false);
    stage("each step", plan.loop(), plan.buffers(), true);
    stage("after the loop, all steps at once (hoisted)", plan.after(), plan.buffers(), false);
    CompiledStep.Derivative derivative = step.derivative();
    if (derivative == null) {
      int near = packs() ? plan.stepsNear(batch, elementBytes) : steps;
      line(
          "no backward pass: nothing needs a gradient%s",
          near < steps ? "; %d steps at a time use the same memory".formatted(near) : "");
    } else {
      backward(plan, derivative.plan());
    }
    double total = loopFlops + otherFlops;
    line(
        "products: %.4g GFLOP, %.4g of them in the loop (%.0f %%) and %.4g outside",
        total / 1e9, loopFlops / 1e9, total == 0 ? 0 : 100 * loopFlops / total, otherFlops / 1e9);
  }

  private boolean packs() {
    return backend.matrixPacking().isPresent() && step.passes().contains(Pass.PACK);
  }

  private void backward(Plan plan, Plan.Back back) {
    line("backward");
    stage("before the loop, all steps at once (hoisted)", back.before(), back.buffers(), false);
    stage("each step, from the last to the first", back.loop(), back.buffers(), true);
    stage("after the loop, all steps at once (deferred)", back.after(), back.buffers(), false);
    if (!back.sums().isEmpty()) {
      line("  summed over steps and batch after the loop (deferred)");
    }
    for (Plan.Sum sum : back.sums()) {
      List<String> left = sum.a().stream().map(at -> place(at, back.buffers())).toList();
      Location right = sum.b();
      if (sum.value().what instanceof Value.TableSum table) {
        line(
            "    %s added at indices %d: [%d, %d]",
            left.getFirst(), table.index(), table.rows(), table.columns());
      } else if (sum.inLoop()) {
        line("    sum of %s, added up in the loop", left.getFirst());
      } else if (right == null) {
        line("    sum of %s", String.join(" | ", left));
      } else {
        double flops = 2.0 * steps * batch * sum.width() * right.width();
        otherFlops += flops;
        line(
            "    (%s)^T x %s: [%d, %d], %.4g GFLOP",
            String.join(" | ", left),
            place(right, back.buffers()),
            sum.width(),
            right.width(),
            flops / 1e9);
      }
    }
    kept(plan, back);
  }

  private void stage(String title, Stage stage, List<Buffers.Buffer> buffers, boolean inLoop) {
    if (stage.isEmpty()) {
      return;
    }
    int blocks = LoopShares.of(stage).columnBlocks(backend.threads(), batch);
    line(
        "  %s%s",
        title,
        inLoop && packs() && blocks > 1
            ? ", products in %d blocks of columns, one a thread".formatted(blocks)
            : "");
    for (Stage.Level level : stage.levels()) {
      for (Stage.ProductStep product : level.products()) {
        double flops = 2.0 * steps * batch * product.matrix().rows() * product.matrix().columns();
        if (inLoop) {
          loopFlops += flops;
        } else {
          otherFlops += flops;
        }
        line(
            "    %s %s %s x %s: %d -> %d columns, %.4g GFLOP in all%s",
            place(product.out(), buffers),
            product.accumulate() ? "+=" : "=",
            place(product.x(), buffers),
            matrix(product.matrix()),
            product.matrix().rows(),
            product.matrix().columns(),
            flops / 1e9,
            remarks(product.matrix(), inLoop));
      }
      program(level, buffers);
    }
  }

  /** What was done to a product. */
  private String remarks(MatrixBlock matrix, boolean inLoop) {
    List<String> remarks = new ArrayList<>();
    int joined = joined(matrix);
    if (joined >= 0) {
      remarks.add("merged from " + step.joinedMatrices().get(joined).size());
    } else if (matrix.capture() < captures.size()) {
      Shape shape = captures.get(matrix.capture()).shape();
      if (matrix.rows() < shape.extent(matrix.transposed() ? 1 : 0)) {
        remarks.add("split");
      }
    }
    if (inLoop && packs()) {
      remarks.add("packed");
    }
    return remarks.isEmpty() ? "" : "; " + String.join(", ", remarks);
  }

  /** Which joined matrix a block is of, or less than 0. */
  private int joined(MatrixBlock block) {
    return block.capture() - step.tensors();
  }

  private String matrix(MatrixBlock block) {
    String turned = block.transposed() ? "^T" : "";
    int joined = joined(block);
    if (joined >= 0) {
      String parts =
          step.joinedMatrices().get(joined).stream()
              .map(this::matrix)
              .collect(Collectors.joining(" "));
      return "[" + parts + "]" + turned;
    }
    String name = "#" + block.capture() + turned;
    if (block.capture() >= captures.size()) {
      return name;
    }
    Shape shape = captures.get(block.capture()).shape();
    boolean whole = shape.size() == block.rows() * block.columns();
    return whole
        ? name
        : "%s[%d..%d, %d..%d]"
            .formatted(
                name,
                block.row(),
                block.row() + block.rows() - 1,
                block.column(),
                block.column() + block.columns() - 1);
  }

  private void program(Stage.Level level, List<Buffers.Buffer> buffers) {
    RowProgram program = level.program();
    if (program.instructions().isEmpty()) {
      return;
    }
    Map<String, Integer> counts = new LinkedHashMap<>();
    Set<String> written = new TreeSet<>();
    for (RowProgram.Instruction instruction : program.instructions()) {
      counts.merge(name(instruction), 1, Integer::sum);
      if (!instruction.out().register()) {
        Location at = level.operands().get(instruction.out().index());
        written.add(place(at.columns(0, buffers.get(at.buffer()).width()), buffers));
      }
    }
    List<String> kernels = new ArrayList<>();
    counts.forEach((kernel, count) -> kernels.add(count == 1 ? kernel : count + " " + kernel));
    line(
        "    %s <- %s of %d: %s; %d registers",
        String.join(", ", written),
        backend.rowPrograms().isFused() ? "fused program" : "program",
        program.instructions().size(),
        String.join(", ", kernels),
        program.registers().size());
  }

  private static String name(Value value) {
    String name =
        switch (value.what) {
          case Value.Unary(var kernel) -> kernel.name();
          case Value.Binary(var kernel) -> kernel.name();
          default -> value.what.getClass().getSimpleName();
        };
    return name.toLowerCase(Locale.ROOT).replace('_', ' ') + " [" + value.width + "]";
  }

  private static String name(RowProgram.Instruction instruction) {
    String name =
        switch (instruction) {
          case RowProgram.Unary(var kernel, var x, var out) -> kernel.name();
          case RowProgram.Binary(var kernel, var a, var b, var out) -> kernel.name();
          case RowProgram.Select s -> "SELECT";
          case RowProgram.Reduce(var kernel, var x, var out) -> "ROW_" + kernel.name();
          case RowProgram.InverseDeviation d -> "INVERSE_DEVIATION";
          case RowProgram.Standardise s -> "STANDARDISE";
          case RowProgram.StandardiseGradient s -> "STANDARDISE_GRADIENT";
          case RowProgram.Move m -> "MOVE";
        };
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** What forward leaves in memory for backward. */
  private void kept(Plan plan, Plan.Back back) {
    KeptBuffers read = new KeptBuffers();
    for (Stage stage : List.of(back.before(), back.loop(), back.after())) {
      stage.levels().forEach(read::add);
    }
    for (Plan.Sum sum : back.sums()) {
      sum.a().forEach(read::read);
      Location right = sum.b();
      if (right != null) {
        read.read(right);
      }
    }
    int floats = 0;
    List<String> names = new ArrayList<>();
    for (int b = 0; b < plan.buffers().size(); b++) {
      Buffers.Buffer buffer = plan.buffers().get(b);
      boolean own =
          buffer.kind() instanceof Buffers.Kept
              || buffer.kind() instanceof Buffers.States
              || buffer.kind() instanceof Buffers.TableRows;
      if (own && read.contains(b)) {
        floats += buffer.width();
        names.add(place(new Location(b, Location.At.NOW, 0, buffer.width()), plan.buffers()));
      }
    }
    line(
        "  kept from forward: %s: %d numbers a sequence and step, %d bytes a step, %.4g MB in all",
        names.isEmpty() ? "nothing" : String.join(", ", names),
        floats,
        (long) floats * elementBytes * batch,
        (double) floats * elementBytes * steps * batch / 1e6);
    line(
        "  recomputed from what is kept: %s",
        back.recomputed().isEmpty()
            ? "nothing"
            : back.recomputed().stream().map(PlanText::name).collect(Collectors.joining(", ")));
  }

  private static String place(Location at, List<Buffers.Buffer> buffers) {
    Buffers.Buffer buffer = buffers.get(at.buffer());
    String name =
        switch (buffer.kind()) {
          case Buffers.InputSteps(var index) -> "input " + index;
          case Buffers.TableRows(var index, var capture) ->
              "rows of #" + capture + " at indices " + index;
          case Buffers.CotangentSteps(var index) -> "cotangent of output " + index;
          case Buffers.SharedRow(var capture) -> "#" + capture;
          case Buffers.SharedRowSum(var terms) ->
              terms.stream().map(capture -> "#" + capture).collect(Collectors.joining(" + "));
          case Buffers.StillRows(var capture) -> "#" + capture;
          case Buffers.Literal(var number) -> String.valueOf(number);
          case Buffers.States(var index) -> "state " + index;
          case Buffers.Kept(var what) -> what + "@" + at.buffer();
          case Buffers.Steps(var what) -> what + "@" + at.buffer();
          case Buffers.Scratch s -> "scratch@" + at.buffer();
          case Buffers.Total t -> "total@" + at.buffer();
          case Buffers.Pair(var index) -> "cotangent of state " + index;
        };
    String later = at.at() == Location.At.NEXT ? "'" : "";
    boolean whole = at.column() == 0 && at.width() == buffer.width();
    return whole
        ? name + later + " [" + buffer.width() + "]"
        : "%s%s [%d..%d]".formatted(name, later, at.column(), at.column() + at.width() - 1);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is Error Prone's own, no dependency
  private void line(String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
