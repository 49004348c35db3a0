package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;

/**
 * A step drawn at random. Whatever instructions, states, inputs or outputs are taken out, the rest
 * is a step still: an operand that does not exist is counted round, one that does not fit is
 * multiplied by a matrix.
 *
 * @param inputs the widths of the inputs
 * @param words inputs that are indices
 * @param states the widths of the states
 * @param body each adds a value to those that the next may use; the first are inputs, states, and
 *     the rows that the indices name
 * @param next what each state is next
 * @param outputs which values are put out
 * @param masked whether sequences end, and their states stay, where the last input but one is 0
 * @param resets whether states start anew where the last input is not 0
 */
record RandomStep(
    List<Integer> inputs,
    List<Words> words,
    List<Integer> states,
    List<Instruction> body,
    List<Next> next,
    List<Integer> outputs,
    boolean masked,
    boolean resets) {

  /**
   * Indices of rows of a captured table.
   *
   * @param each how many a sequence and step
   * @param width of the table
   * @param padding the row without a gradient, or -1
   */
  record Words(int each, int width, int padding) {}

  /**
   * What a state is next.
   *
   * @param value which value
   * @param squashed whether its sine is meant
   */
  record Next(int value, boolean squashed) {
    Next without(int removed, int instead) {
      return new Next(RandomStep.without(value, removed, instead), squashed);
    }
  }

  /** What a step is called on. */
  record Inputs(List<Tensor> tensors, List<IntTensor> words) {}

  /** One operation on the values number a and b. */
  record Instruction(RandomOp op, int a, int b, int n) {}

  /** Rows of the tables. */
  static final int TABLE_ROWS = 7;

  /**
   * A step.
   *
   * @param widest of its inputs, states and products
   */
  static RandomStep draw(Random random, int widest) {
    List<Integer> states =
        widths(random, random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(4), widest);
    boolean alone = !states.isEmpty() && random.nextInt(8) == 0;
    List<Integer> inputs = widths(random, alone ? 0 : 1 + random.nextInt(2), widest);
    List<Words> words = new ArrayList<>();
    for (int count = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0; count > 0; count--) {
      int padding = random.nextBoolean() ? -1 : random.nextInt(TABLE_ROWS);
      words.add(new Words(1 + random.nextInt(2), 1 + random.nextInt(4), padding));
    }
    List<Instruction> body = new ArrayList<>();
    int values = inputs.size() + states.size() + words.size();
    for (int count = 1 + random.nextInt(10); count > 0; count--) {
      RandomOp[] ops = RandomOp.values();
      // Half of the operands are recent, so that chains are long.
      int a =
          random.nextBoolean()
              ? random.nextInt(values)
              : Math.max(0, values - 1 - random.nextInt(3));
      body.add(
          new Instruction(
              ops[random.nextInt(ops.length)],
              a,
              random.nextInt(values),
              1 + random.nextInt(widest)));
      values++;
    }
    List<Next> next = new ArrayList<>();
    for (int k = 0; k < states.size(); k++) {
      int value =
          random.nextInt(5) == 0
              ? random.nextInt(values)
              : values - 1 - random.nextInt(Math.min(5, values));
      next.add(new Next(value, random.nextInt(3) > 0));
    }
    List<Integer> outputs = new ArrayList<>();
    for (int j = 1 + random.nextInt(2); j > 0; j--) {
      outputs.add(random.nextInt(values));
    }
    boolean masked = random.nextInt(3) == 0;
    return new RandomStep(
        inputs, words, states, body, next, outputs, masked, masked && random.nextBoolean());
  }

  private static List<Integer> widths(Random random, int count, int widest) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      widths.add(1 + random.nextInt(widest));
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
    for (int i = 0; i < words.size(); i++) {
      all.add(withoutWords(i));
    }
    for (int j = 0; outputs.size() > 1 && j < outputs.size(); j++) {
      all.add(new RandomStep(inputs, words, states, body, next, less(outputs, j), masked, resets));
    }
    if (resets) {
      all.add(new RandomStep(inputs, words, states, body, next, outputs, masked, false));
    } else if (masked) {
      all.add(new RandomStep(inputs, words, states, body, next, outputs, false, false));
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i) > 1) {
        all.add(
            new RandomStep(
                narrower(inputs, i), words, states, body, next, outputs, masked, resets));
      }
    }
    for (int k = 0; k < states.size(); k++) {
      if (states.get(k) > 1) {
        all.add(
            new RandomStep(
                inputs, words, narrower(states, k), body, next, outputs, masked, resets));
      }
    }
    return all;
  }

  /** What used the instruction's value uses the value it was computed from. */
  private RandomStep withoutInstruction(int at) {
    int value = inputs.size() + states.size() + words.size() + at;
    int instead = body.get(at).a();
    List<Instruction> shorter = new ArrayList<>();
    for (Instruction i : less(body, at)) {
      int a = without(i.a(), value, instead);
      int b = without(i.b(), value, instead);
      shorter.add(new Instruction(i.op(), a, b, i.n()));
    }
    return new RandomStep(
        inputs,
        words,
        states,
        shorter,
        next.stream().map(n -> n.without(value, instead)).toList(),
        outputs.stream().map(v -> without(v, value, instead)).toList(),
        masked,
        resets);
  }

  private static int without(int reference, int value, int instead) {
    return reference == value ? instead : reference > value ? reference - 1 : reference;
  }

  private RandomStep withoutState(int k) {
    return new RandomStep(
            inputs, words, less(states, k), body, less(next, k), outputs, masked, resets)
        .lowered(inputs.size() + k);
  }

  private RandomStep withoutWords(int i) {
    return new RandomStep(inputs, less(words, i), states, body, next, outputs, masked, resets)
        .lowered(inputs.size() + states.size() + i);
  }

  private RandomStep withoutInput(int i) {
    return new RandomStep(less(inputs, i), words, states, body, next, outputs, masked, resets)
        .lowered(i);
  }

  /** References counted without a value that is no more. */
  private RandomStep lowered(int value) {
    List<Instruction> moved = new ArrayList<>();
    for (Instruction i : body) {
      moved.add(new Instruction(i.op(), without(i.a(), value, 0), without(i.b(), value, 0), i.n()));
    }
    return new RandomStep(
        inputs,
        words,
        states,
        moved,
        next.stream().map(n -> n.without(value, 0)).toList(),
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
  Scan.StepFunction<Inputs, List<Tensor>, List<Tensor>> over(Captured captured) {
    return (xs, now) -> new RandomStepCall(this, captured, null).run(xs, now);
  }

  /** The step in Java. */
  String code(Captured captured, Inputs xs, List<Tensor> now) {
    List<String> lines = new ArrayList<>();
    new RandomStepCall(this, captured, lines).run(xs, now);
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
}
