package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.Backend;

/**
 * A random step with what it is run on.
 *
 * @param seed of the tensors
 * @param second whether second derivatives are compared too
 * @param checkpoints steps between them, or 0
 * @param uses what is done with the scan beside one training step
 * @param without the passes that its plan does without
 */
record RandomCase(
    long seed,
    RandomStep step,
    int time,
    int batch,
    DType dtype,
    boolean second,
    int checkpoints,
    Set<Use> uses,
    Set<Pass> without) {

  /** What may be done with a scan beside one training step. */
  enum Use {
    /** A training step on another number of sequences comes first. */
    OTHER_BATCH,
    /** It is run without gradients too. */
    INFERENCE,
    /** It is run as a stream too. */
    STREAM,
    /** Gradients are taken twice. */
    GRADIENTS_TWICE,
    /** The loss is of one result only. */
    ONE_RESULT
  }

  private static final int EXTENT = 80;

  /** A case whose inputs, states and products have at most five columns. */
  static RandomCase draw(long seed) {
    return draw(seed, 5);
  }

  /**
   * A case.
   *
   * @param widest of its inputs, states and products, at most 20
   */
  static RandomCase draw(long seed, int widest) {
    Random random = new Random(seed);
    RandomStep step = RandomStep.draw(random, widest);
    Set<Pass> without = EnumSet.noneOf(Pass.class);
    if (random.nextBoolean()) {
      for (Pass pass : Pass.values()) {
        if (random.nextInt(4) == 0) {
          without.add(pass);
        }
      }
    }
    Set<Use> uses = EnumSet.noneOf(Use.class);
    for (Use use : Use.values()) {
      if (random.nextInt(4) == 0) {
        uses.add(use);
      }
    }
    int time = 1 + random.nextInt(5);
    int batch = 1 + random.nextInt(4);
    boolean checkpointed = random.nextInt(4) == 0;
    if (checkpointed) {
      // Without deferred sums a window may be shorter than the 2048 rows that are summed at once.
      without.add(Pass.DEFER);
    }
    return new RandomCase(
        seed,
        step,
        time,
        batch,
        random.nextInt(3) == 0 ? DType.F32 : DType.F64,
        random.nextInt(5) == 0,
        checkpointed ? 1 + random.nextInt(3) : 0,
        uses,
        without);
  }

  /** Why the compiled scan is not the eager one of the reference, or null if it is. */
  @Nullable String failure(Backend backend) {
    List<double[]> exact = eager(DType.F64);
    List<double[]> eager = dtype == DType.F64 ? exact : eager(dtype);
    List<double[]> compiled;
    try {
      compiled =
          Backends.use(
              backend, () -> Pass.without(without, () -> results(ScanMode.COMPILED, dtype)));
    } catch (RuntimeException e) {
      return e.toString();
    }
    for (int i = 0; i < exact.size(); i++) {
      String wrong = difference(exact.get(i), eager.get(i), compiled.get(i));
      if (wrong != null) {
        return "result " + i + " " + wrong;
      }
    }
    return null;
  }

  /** In 32 bits the compiled scan may be as far from the exact result as the eager one, about. */
  private @Nullable String difference(double[] exact, double[] eager, double[] compiled) {
    double scale = 1;
    double eagerError = 0;
    for (int k = 0; k < exact.length; k++) {
      scale = Math.max(scale, Math.abs(exact[k]));
      eagerError = Math.max(eagerError, Math.abs(exact[k] - eager[k]));
    }
    double tolerance = dtype == DType.F64 ? 1e-10 * scale : 2e-5 * scale + 20 * eagerError;
    for (int k = 0; k < exact.length; k++) {
      double error = Math.abs(exact[k] - compiled[k]);
      boolean bothNaN = Double.isNaN(exact[k]) && Double.isNaN(compiled[k]);
      if (!(error <= tolerance) && !bothNaN) {
        return "[%d] is %s, not %s".formatted(k, compiled[k], exact[k]);
      }
    }
    return null;
  }

  // ---- what a scan gives ----

  private record Data(
      RandomStep.Inputs inputs, List<Tensor> initial, RandomStep.Captured captured) {

    List<Tensor> wrt() {
      List<Tensor> wrt = new ArrayList<>(captured.all());
      wrt.addAll(initial);
      inputs.tensors().stream().filter(Tensor::requiresGrad).forEach(wrt::add);
      return wrt;
    }

    /** The inputs of one step. */
    RandomStep.Inputs at(int t) {
      return new RandomStep.Inputs(
          inputs.tensors().stream().map(x -> x.select(0, t)).toList(),
          inputs.words().stream().map(ids -> ids.select(0, t)).toList());
    }
  }

  /** The same numbers for any choice of sizes that the case's own contain, in either type. */
  private Data data(DType as) {
    Random random = new Random(seed);
    Generator generator = new Generator(seed);
    List<Tensor> xs = new ArrayList<>();
    for (int width : step.inputs()) {
      Tensor x = normal(generator, as, time, batch, width);
      xs.add(random.nextInt(4) > 0 ? x.leaf() : x);
    }
    if (step.masked()) {
      xs.add(lengths(as));
    }
    if (step.resets()) {
      Shape each = Shape.of(time, batch, 1);
      xs.add(Tensor.bernoulli(generator.next(), DType.F64, each, 0.3).to(as));
    }
    List<Tensor> initial = new ArrayList<>();
    for (int width : step.states()) {
      initial.add(normal(generator, as, batch, width).leaf());
    }
    List<IntTensor> words = new ArrayList<>();
    for (RandomStep.Words kind : step.words()) {
      int[] ids =
          random.ints((long) time * batch * kind.each(), 0, RandomStep.TABLE_ROWS).toArray();
      IntTensor all = IntTensor.of(ids);
      words.add(
          kind.each() == 1 ? all.reshape(time, batch) : all.reshape(time, batch, kind.each()));
    }
    return new Data(
        new RandomStep.Inputs(xs, words),
        initial,
        new RandomStep.Captured(
            normal(generator, as, EXTENT, EXTENT).leaf(),
            normal(generator, as, EXTENT).leaf(),
            normal(generator, as, batch, EXTENT).leaf()));
  }

  private static Tensor normal(Generator generator, DType as, int... extents) {
    Tensor exact = Tensor.normal(generator.next(), DType.F32, Shape.of(extents), 0, 0.4);
    return exact.to(as);
  }

  /** 1 where a sequence is still running, [T, B, 1]; each ends at another step, or is empty. */
  private Tensor lengths(DType as) {
    double[] running = new double[time * batch];
    for (int t = 0; t < time; t++) {
      for (int b = 0; b < batch; b++) {
        running[t * batch + b] = t < (b * 7 + 3) % (time + 1) ? 1 : 0;
      }
    }
    return Tensor.ofDoubles(running).reshape(time, batch, 1).to(as);
  }

  private List<double[]> eager(DType as) {
    return Backends.use("reference", () -> results(ScanMode.EAGER, as));
  }

  private List<double[]> results(ScanMode mode, DType as) {
    Data data = data(as);
    var scan = Scan.over(step.over(data.captured)).in(mode);
    if (checkpoints > 0) {
      scan = scan.checkpointEvery(checkpoints);
    }
    if (uses.contains(Use.OTHER_BATCH)) {
      Data other = of(time, batch == 1 ? 2 : batch - 1, step, uses).data(as);
      trained(scan.of(step.over(other.captured)), other);
    }
    List<Tensor> all = new ArrayList<>();
    if (uses.contains(Use.INFERENCE)) {
      var inferring = scan;
      var result = Autograd.noGrad(() -> inferring.run(time, data.inputs, data.initial));
      all.addAll(result.outputs());
      all.addAll(result.state());
    }
    if (uses.contains(Use.STREAM)) {
      all.addAll(streamed(scan, data));
    }
    all.addAll(trained(scan, data));
    return all.stream().map(Tensor::toDoubleArray).toList();
  }

  private List<Tensor> streamed(
      Scan<RandomStep.Inputs, List<Tensor>, List<Tensor>> scan, Data data) {
    List<Tensor> all = new ArrayList<>();
    var stream = scan.stream(data.at(0), data.initial);
    for (int t = 0; t < time; t++) {
      all.addAll(stream.step(data.at(t)));
    }
    all.addAll(stream.state());
    return all;
  }

  /** Outputs, final states, and gradients of everything. */
  private List<Tensor> trained(
      Scan<RandomStep.Inputs, List<Tensor>, List<Tensor>> scan, Data data) {
    var result = scan.run(time, data.inputs, data.initial);
    List<Tensor> all = new ArrayList<>(result.outputs());
    all.addAll(result.state());
    Tensor loss = loss(all);
    List<Tensor> wrt = data.wrt();
    if (!loss.requiresGrad()) {
      return all;
    }
    if (uses.contains(Use.GRADIENTS_TWICE)) {
      Map<Tensor, Tensor> before = loss.gradients(wrt, GraphMode.RETAIN);
      wrt.forEach(t -> all.add(before.get(t)));
    }
    Map<Tensor, Tensor> first = loss.gradients(wrt, second ? GraphMode.CREATE : GraphMode.FREE);
    wrt.forEach(t -> all.add(first.get(t)));
    if (second) {
      Tensor along = Tensor.scalar(wrt.getFirst().dtype(), 0);
      for (Tensor t : wrt) {
        along = along.add(first.get(t).sin().sum());
      }
      if (along.requiresGrad()) {
        Map<Tensor, Tensor> of = along.gradients(wrt);
        wrt.forEach(t -> all.add(of.get(t)));
      }
    }
    return all;
  }

  private Tensor loss(List<Tensor> results) {
    Tensor loss = Tensor.scalar(results.getFirst().dtype(), 0);
    for (int i = 0; i < results.size(); i++) {
      if (!uses.contains(Use.ONE_RESULT) || i == Math.floorMod(seed, results.size())) {
        loss = loss.add(results.get(i).mul(0.7).sin().sum());
      }
    }
    return loss;
  }

  // ---- smaller cases ----

  /** The smallest case found that fails as well, by leaving out one thing after the other. */
  RandomCase shrink(Predicate<RandomCase> fails) {
    RandomCase smallest = this;
    for (boolean smaller = true; smaller; ) {
      smaller = false;
      for (RandomCase candidate : smallest.candidates()) {
        if (fails.test(candidate)) {
          smallest = candidate;
          smaller = true;
          break;
        }
      }
    }
    return smallest;
  }

  /** Cases with one thing less, the large things first. */
  private List<RandomCase> candidates() {
    List<RandomCase> all = new ArrayList<>();
    for (int t : new int[] {1, time / 2, time - 1}) {
      if (t > 0 && t < time) {
        all.add(of(t, batch, step, uses));
      }
    }
    for (int b : new int[] {1, batch - 1}) {
      if (b > 0 && b < batch) {
        all.add(of(time, b, step, uses));
      }
    }
    for (RandomStep smaller : step.candidates()) {
      all.add(of(time, batch, smaller, uses));
    }
    for (Use use : uses) {
      all.add(of(time, batch, step, less(uses, use)));
    }
    if (second) {
      all.add(of(dtype, false, checkpoints, without));
    }
    if (checkpoints > 0) {
      all.add(of(dtype, second, 0, without));
    }
    if (dtype == DType.F32) {
      all.add(of(DType.F64, second, checkpoints, without));
    }
    for (Pass pass : without) {
      all.add(of(dtype, second, checkpoints, less(without, pass)));
    }
    return all;
  }

  private RandomCase of(int newTime, int newBatch, RandomStep newStep, Set<Use> newUses) {
    return new RandomCase(
        seed, newStep, newTime, newBatch, dtype, second, checkpoints, newUses, without);
  }

  private RandomCase of(DType as, boolean toSecond, int newCheckpoints, Set<Pass> newWithout) {
    return new RandomCase(seed, step, time, batch, as, toSecond, newCheckpoints, uses, newWithout);
  }

  private static <E extends Enum<E>> Set<E> less(Set<E> all, E one) {
    Set<E> fewer = EnumSet.copyOf(all);
    fewer.remove(one);
    return fewer;
  }

  @Override
  public String toString() {
    Data data = data(dtype);
    return """
    seed %d, T %d, B %d, %s, checkpoints %d, uses %s, without %s%s
    block(r, c, n), row(n) and still(n) are captured [r, c], [n] and [B, n]
    %s\
    """
        .formatted(
            seed,
            time,
            batch,
            dtype,
            checkpoints,
            uses,
            without,
            second ? ", second order" : "",
            step.code(data.captured, data.at(0), data.initial));
  }
}
