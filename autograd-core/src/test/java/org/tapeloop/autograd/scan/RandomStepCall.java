package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;

/** One call of a random step, which may also be written down in Java. */
final class RandomStepCall {
  /** The widest value; products make narrow ones of wide ones again. */
  private static final int WIDEST = 24;

  private static final Pattern WORD =
      Pattern.compile("\\b(a|b|x|n|m|k|p|q|mx|w|v|r|width|still)\\b");

  private final RandomStep step;
  private final RandomStep.Captured captured;
  private final @Nullable List<String> lines;
  private final List<Tensor> values = new ArrayList<>();
  private final List<String> names = new ArrayList<>();

  /** Captured tensors that are used again, by name. */
  private final Map<String, Tensor> parts = new HashMap<>();

  RandomStepCall(RandomStep step, RandomStep.Captured captured, @Nullable List<String> lines) {
    this.step = step;
    this.captured = captured;
    this.lines = lines;
  }

  Scan.Next<List<Tensor>, List<Tensor>> run(RandomStep.Inputs given, List<Tensor> before) {
    List<Tensor> xs = given.tensors();
    List<Tensor> now = new ArrayList<>(before);
    if (step.resets()) {
      Tensor reset = xs.getLast();
      now.replaceAll(s -> reset.gt(0).where(s.zerosLike(), s));
    }
    for (int i = 0; i < step.inputs().size(); i++) {
      add("x" + i, xs.get(i), "input " + i);
    }
    for (int k = 0; k < step.states().size(); k++) {
      add(
          "s" + k,
          now.get(k),
          step.resets() ? "reset.gt(0).where(zeros, state " + k + ")" : "state " + k);
    }
    for (int i = 0; i < step.words().size(); i++) {
      look(step.words().get(i), given.words().get(i), i);
    }
    for (RandomStep.Instruction instruction : step.body()) {
      Bound bound = new Bound(instruction);
      Tensor result = instruction.op().apply(bound);
      add("v" + values.size(), result, bound.code());
    }
    List<Tensor> nextStates = new ArrayList<>();
    for (int k = 0; k < step.states().size(); k++) {
      RandomStep.Next next = step.next().get(k);
      Fitted fitted = fit(next.value() % values.size(), step.states().get(k));
      Tensor to = next.squashed() ? fitted.value.sin() : fitted.value;
      nextStates.add(step.masked() ? mask(xs).where(to, before.get(k)) : to);
      write(
          "state "
              + k
              + "' = "
              + (step.masked() ? "mask.where(" : "")
              + fitted.code
              + (next.squashed() ? ".sin()" : "")
              + (step.masked() ? ", state " + k + ")" : ""));
    }
    List<Tensor> out = new ArrayList<>();
    for (int j : step.outputs()) {
      Tensor y = values.get(j % values.size());
      out.add(step.masked() ? mask(xs).where(y, y.zerosLike()) : y);
      write("output " + names.get(j % values.size()) + (step.masked() ? " where mask" : ""));
    }
    return new Scan.Next<>(out, nextStates);
  }

  private void look(RandomStep.Words kind, IntTensor ids, int i) {
    int width = kind.width();
    Tensor table = block(RandomStep.TABLE_ROWS, width, i);
    boolean plain = kind.padding() < 0;
    Tensor rows = plain ? table.embedding(ids) : table.embedding(ids, kind.padding());
    String text =
        "block(%d, %d, %d).embedding(ids%d%s)"
            .formatted(RandomStep.TABLE_ROWS, width, i, i, plain ? "" : ", " + kind.padding());
    boolean several = kind.each() > 1;
    add(
        "w" + i,
        several ? rows.reshape(ids.extent(0), kind.each() * width) : rows,
        several ? text + ".reshape(B, " + kind.each() * width + ")" : text);
  }

  private Tensor mask(List<Tensor> xs) {
    return xs.get(step.inputs().size());
  }

  private void add(String name, Tensor value, String code) {
    values.add(value);
    names.add(name);
    write("Tensor %s = %s; // %s".formatted(name, code, value.shape()));
  }

  private void write(String line) {
    if (lines != null) {
      lines.add(line);
    }
  }

  private record Fitted(Tensor value, String code) {}

  /** A value of the wanted width, by a product if it has another. */
  private Fitted fit(int at, int width) {
    Tensor value = values.get(at);
    String name = names.get(at);
    int own = value.extent(1);
    return own == width
        ? new Fitted(value, name)
        : new Fitted(
            value.matmul(block(own, width, 0)),
            "%s.matmul(%s)".formatted(name, blockName(own, width, 0)));
  }

  private Tensor block(int rows, int columns, int at) {
    return part(
        blockName(rows, columns, at),
        at,
        () -> captured.matrix().narrow(0, at, rows).narrow(1, 2 * at, columns));
  }

  /** Part of a captured tensor: with an even number the same one wherever it is used. */
  private Tensor part(String name, int number, Supplier<Tensor> made) {
    return number % 2 == 0 ? parts.computeIfAbsent(name, n -> made.get()) : made.get();
  }

  private static String blockName(int rows, int columns, int at) {
    return "block(%d, %d, %d)".formatted(rows, columns, at);
  }

  /** An instruction with its operands. */
  private final class Bound implements RandomOp.Operands {
    private final RandomStep.Instruction instruction;
    private final Map<String, String> texts = new HashMap<>();
    private final Tensor a;
    private final Tensor b;
    private final int x;

    Bound(RandomStep.Instruction instruction) {
      this.instruction = instruction;
      int first = Math.max(0, instruction.a()) % values.size();
      Tensor wide = values.get(first);
      Fitted left = wide.extent(1) <= WIDEST ? new Fitted(wide, names.get(first)) : fit(first, 3);
      int second = instruction.b() % values.size();
      Fitted right =
          values.get(second).extent(1) == 1
              ? new Fitted(values.get(second), names.get(second))
              : fit(second, left.value.extent(1));
      a = left.value;
      b = right.value;
      x = instruction.b() % (step.inputs().size() + step.states().size());
      texts.put("a", left.code);
      texts.put("b", right.code);
      texts.put("x", names.get(x));
      texts.put("n", String.valueOf(n()));
      texts.put("width", String.valueOf(width()));
    }

    String code() {
      return WORD.matcher(instruction.op().code())
          .replaceAll(found -> texts.getOrDefault(found.group(), found.group()));
    }

    private Tensor name(String word, String text, Supplier<Tensor> value) {
      texts.put(word, text);
      return value.get();
    }

    private Tensor matrix(String word, int rows, int columns, int at) {
      return name(word, blockName(rows, columns, at), () -> block(rows, columns, at));
    }

    private int xWidth() {
      return values.get(x).extent(1);
    }

    @Override
    public Tensor a() {
      return a;
    }

    @Override
    public Tensor b() {
      return b;
    }

    @Override
    public Tensor x() {
      return values.get(x);
    }

    @Override
    public int n() {
      return instruction.n();
    }

    @Override
    public Tensor m() {
      return matrix("m", width(), n(), n());
    }

    @Override
    public Tensor k() {
      return matrix("k", width(), n(), n() + 5);
    }

    @Override
    public Tensor p() {
      return matrix("p", xWidth(), n(), n() + 1);
    }

    @Override
    public Tensor q() {
      return matrix("q", n(), xWidth(), n() + 2);
    }

    @Override
    public Tensor both() {
      return matrix("mx", xWidth() + width(), n(), n() + 3);
    }

    @Override
    public Tensor w() {
      return matrix("w", n(), width(), n() + 4);
    }

    @Override
    public Tensor v() {
      String text = "row(" + width() + ")";
      return name("v", text, () -> part(text, width(), () -> captured.row().narrow(0, 1, width())));
    }

    @Override
    public Tensor r() {
      return name("r", "row(" + n() + ")", () -> captured.row().narrow(0, 2, n()));
    }

    @Override
    public Tensor still() {
      String text = "still(" + width() + ")";
      return name(
          "still", text, () -> part(text, width(), () -> captured.rows().narrow(1, 0, width())));
    }
  }
}
