package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;

/**
 * A step drawn at random. Whatever instructions, states, inputs or outputs are taken out, the rest
 * is a step still: an operand that does not exist is counted round, one that does not fit is
 * multiplied by a matrix.
 *
 * @param inputs the widths of the inputs
 * @param states the widths of the states
 * @param body each adds a value to those that the next may use; the first are inputs and states
 * @param next which value is the next of each state
 * @param outputs which values are put out
 * @param masked whether sequences end, and their states stay, where the last input but one is 0
 * @param resets whether states start anew where the last input is not 0
 */
record RandomStep(
    List<Integer> inputs,
    List<Integer> states,
    List<Instruction> body,
    List<Integer> next,
    List<Integer> outputs,
    boolean masked,
    boolean resets) {

  /** One operation on the values number a and b. */
  record Instruction(RandomOp op, int a, int b, int n) {}

  /** The widest value; products make narrow ones of wide ones again. */
  private static final int WIDEST = 12;

  private static final Pattern WORD =
      Pattern.compile("\\b(a|b|x|n|m|k|p|q|mx|w|v|r|width|still)\\b");

  static RandomStep draw(Random random) {
    List<Integer> states = widths(random, random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(4));
    boolean alone = !states.isEmpty() && random.nextInt(8) == 0;
    List<Integer> inputs = widths(random, alone ? 0 : 1 + random.nextInt(2));
    List<Instruction> body = new ArrayList<>();
    int values = inputs.size() + states.size();
    for (int count = 1 + random.nextInt(10); count > 0; count--) {
      RandomOp[] ops = RandomOp.values();
      // Half of the operands are recent, so that chains are long.
      int a =
          random.nextBoolean()
              ? random.nextInt(values)
              : Math.max(0, values - 1 - random.nextInt(3));
      body.add(
          new Instruction(
              ops[random.nextInt(ops.length)], a, random.nextInt(values), 1 + random.nextInt(5)));
      values++;
    }
    List<Integer> next = new ArrayList<>();
    for (int k = 0; k < states.size(); k++) {
      next.add(
          random.nextInt(5) == 0
              ? random.nextInt(values)
              : values - 1 - random.nextInt(Math.min(5, values)));
    }
    List<Integer> outputs = new ArrayList<>();
    for (int j = 1 + random.nextInt(2); j > 0; j--) {
      outputs.add(random.nextInt(values));
    }
    boolean masked = random.nextInt(3) == 0;
    return new RandomStep(
        inputs, states, body, next, outputs, masked, masked && random.nextBoolean());
  }

  private static List<Integer> widths(Random random, int count) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      widths.add(1 + random.nextInt(5));
    }
    return widths;
  }

  /** Steps with one thing less, the large things first. */
  List<RandomStep> candidates() {
    List<RandomStep> all = new ArrayList<>();
    for (int at = body.size() - 1; at >= 0; at--) {
      all.add(withoutInstruction(at));
    }
    for (int k = 0; k < states.size(); k++) {
      if (states.size() + inputs.size() > 1) {
        all.add(withoutState(k));
      }
    }
    if (inputs.size() > 1 || !(inputs.isEmpty() || states.isEmpty())) {
      all.add(withoutInput(inputs.size() - 1));
    }
    for (int j = 0; outputs.size() > 1 && j < outputs.size(); j++) {
      all.add(new RandomStep(inputs, states, body, next, less(outputs, j), masked, resets));
    }
    if (resets) {
      all.add(new RandomStep(inputs, states, body, next, outputs, masked, false));
    } else if (masked) {
      all.add(new RandomStep(inputs, states, body, next, outputs, false, false));
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i) > 1) {
        all.add(new RandomStep(narrower(inputs, i), states, body, next, outputs, masked, resets));
      }
    }
    for (int k = 0; k < states.size(); k++) {
      if (states.get(k) > 1) {
        all.add(new RandomStep(inputs, narrower(states, k), body, next, outputs, masked, resets));
      }
    }
    return all;
  }

  /** What used the instruction's value uses the value it was computed from. */
  private RandomStep withoutInstruction(int at) {
    int value = inputs.size() + states.size() + at;
    int instead = body.get(at).a();
    List<Instruction> shorter = new ArrayList<>();
    for (Instruction i : less(body, at)) {
      int a = without(i.a(), value, instead);
      int b = without(i.b(), value, instead);
      shorter.add(new Instruction(i.op(), a, b, i.n()));
    }
    return new RandomStep(
        inputs,
        states,
        shorter,
        next.stream().map(v -> without(v, value, instead)).toList(),
        outputs.stream().map(v -> without(v, value, instead)).toList(),
        masked,
        resets);
  }

  private static int without(int reference, int value, int instead) {
    return reference == value ? instead : reference > value ? reference - 1 : reference;
  }

  private RandomStep withoutState(int k) {
    return new RandomStep(inputs, less(states, k), body, less(next, k), outputs, masked, resets)
        .lowered(inputs.size() + k);
  }

  private RandomStep withoutInput(int i) {
    return new RandomStep(less(inputs, i), states, body, next, outputs, masked, resets).lowered(i);
  }

  /** References counted without a value that is no more. */
  private RandomStep lowered(int value) {
    List<Instruction> moved = new ArrayList<>();
    for (Instruction i : body) {
      moved.add(new Instruction(i.op(), without(i.a(), value, 0), without(i.b(), value, 0), i.n()));
    }
    return new RandomStep(
        inputs,
        states,
        moved,
        next.stream().map(v -> without(v, value, 0)).toList(),
        outputs.stream().map(v -> without(v, value, 0)).toList(),
        masked,
        resets);
  }

  private static <T> List<T> less(List<T> list, int at) {
    List<T> shorter = new ArrayList<>(list);
    shorter.remove(at);
    return shorter;
  }

  private static List<Integer> narrower(List<Integer> widths, int at) {
    List<Integer> narrower = new ArrayList<>(widths);
    narrower.set(at, widths.get(at) - 1);
    return narrower;
  }

  /** The step over captured tensors. */
  Scan.StepFunction<List<Tensor>, List<Tensor>, List<Tensor>> over(Captured captured) {
    return (xs, now) -> new Execution(captured, null).run(xs, now);
  }

  /** The step in Java. */
  String code(Captured captured, List<Tensor> xs, List<Tensor> now) {
    List<String> lines = new ArrayList<>();
    new Execution(captured, lines).run(xs, now);
    return String.join("\n", lines);
  }

  /**
   * What the step captures: blocks of one matrix and of one row, and rows for the batch.
   *
   * @param matrix large enough for any block
   * @param row likewise
   * @param rows [B, ...]
   */
  record Captured(Tensor matrix, Tensor row, Tensor rows) {
    List<Tensor> all() {
      return List.of(matrix, row, rows);
    }
  }

  /** One call of the step, which may also be written down. */
  private final class Execution {
    private final Captured captured;
    private final @Nullable List<String> lines;
    private final List<Tensor> values = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    Execution(Captured captured, @Nullable List<String> lines) {
      this.captured = captured;
      this.lines = lines;
    }

    Scan.Next<List<Tensor>, List<Tensor>> run(List<Tensor> xs, List<Tensor> before) {
      List<Tensor> now = new ArrayList<>(before);
      if (resets) {
        Tensor reset = xs.getLast();
        now.replaceAll(s -> reset.gt(0).where(s.zerosLike(), s));
      }
      for (int i = 0; i < inputs.size(); i++) {
        add("x" + i, xs.get(i), "input " + i);
      }
      for (int k = 0; k < states.size(); k++) {
        add(
            "s" + k,
            now.get(k),
            resets ? "reset.gt(0).where(zeros, state " + k + ")" : "state " + k);
      }
      for (Instruction instruction : body) {
        Bound bound = new Bound(instruction);
        Tensor result = instruction.op().apply(bound);
        add("v" + values.size(), result, bound.code());
      }
      List<Tensor> nextStates = new ArrayList<>();
      for (int k = 0; k < states.size(); k++) {
        int at = next.get(k) % values.size();
        Fitted fitted = fit(at, states.get(k));
        Tensor to = fitted.value.sin();
        nextStates.add(masked ? mask(xs).where(to, before.get(k)) : to);
        write(
            "state "
                + k
                + "' = "
                + (masked ? "mask.where(" : "")
                + fitted.code
                + ".sin()"
                + (masked ? ", state " + k + ")" : ""));
      }
      List<Tensor> out = new ArrayList<>();
      for (int j : outputs) {
        Tensor y = values.get(j % values.size());
        out.add(masked ? mask(xs).where(y, y.zerosLike()) : y);
        write("output " + names.get(j % values.size()) + (masked ? " where mask" : ""));
      }
      return new Scan.Next<>(out, nextStates);
    }

    private Tensor mask(List<Tensor> xs) {
      return xs.get(inputs.size());
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
              "%s.matmul(block(%d, %d, 0))".formatted(name, own, width));
    }

    private Tensor block(int rows, int columns, int at) {
      return captured.matrix().narrow(0, at, rows).narrow(1, 2 * at, columns);
    }

    /** An instruction with its operands. */
    private final class Bound implements RandomOp.Operands {
      private final Instruction instruction;
      private final Map<String, String> texts = new HashMap<>();
      private final Tensor a;
      private final Tensor b;
      private final int x;

      Bound(Instruction instruction) {
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
        x = instruction.b() % (inputs.size() + states.size());
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
        return name(
            word, "block(%d, %d, %d)".formatted(rows, columns, at), () -> block(rows, columns, at));
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
        return name("v", "row(" + width() + ")", () -> captured.row().narrow(0, 1, width()));
      }

      @Override
      public Tensor r() {
        return name("r", "row(" + n() + ")", () -> captured.row().narrow(0, 2, n()));
      }

      @Override
      public Tensor still() {
        return name("still", "still(" + width() + ")", () -> captured.rows().narrow(1, 0, width()));
      }
    }
  }
}
