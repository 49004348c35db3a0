package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.Backend;

/**
 * What each pass of planning gives: a training step of an LSTM, all gradients included, with the
 * pass and without it, in turn. Arguments: seconds a size, then sizes T,B,I,H.
 *
 * <p>The cell is written with a matrix for each gate, {@code gates}, with one for all gates of the
 * input and one for those of the state, {@code two}, or with one for both, {@code one}.
 */
final class PassSpeed {
  private record State(Tensor h, Tensor c) {}

  private record Variant(String name, List<Pass> without, Supplier<Object> step, List<Double> ms) {

    void run(Backend backend) {
      long start = System.nanoTime();
      Backends.use(backend, () -> Pass.without(without, step));
      ms.add((System.nanoTime() - start) / 1e6);
    }

    double quantile(double q) {
      double[] sorted = ms.stream().skip(ms.size() / 3).mapToDouble(d -> d).sorted().toArray();
      return sorted[(int) (q * (sorted.length - 1))];
    }
  }

  private PassSpeed() {}

  public static void main(String[] arguments) {
    double seconds = Double.parseDouble(arguments[0]);
    Backend backend = Backends.named("vector", 1);
    for (String size : Arrays.copyOfRange(arguments, 1, arguments.length)) {
      int[] n = Arrays.stream(size.split(",", -1)).mapToInt(Integer::parseInt).toArray();
      List<Variant> variants = new ArrayList<>();
      for (String form : List.of("two", "gates", "one")) {
        variants.add(variant(form, List.of(), n));
      }
      for (Pass pass : Pass.values()) {
        String form = pass == Pass.MERGE ? "gates" : pass == Pass.SPLIT ? "one" : "two";
        variants.add(variant(form, List.of(pass), n));
      }
      variants.add(variant("two", List.of(Pass.values()), n));
      long end = System.nanoTime() + (long) (seconds * 1e9);
      while (System.nanoTime() < end || variants.getFirst().ms().size() < 9) {
        variants.forEach(v -> v.run(backend));
      }
      System.out.printf("%-18s %-24s %8s %8s %8s%n", size, "ms", "best", "median", "times");
      for (Variant variant : variants) {
        Variant all =
            variants.stream()
                .filter(v -> v.without().isEmpty() && variant.name().startsWith(v.name()))
                .findFirst()
                .orElseThrow();
        System.out.printf(
            "%-18s %-24s %8.2f %8.2f %8.2f%n",
            "",
            variant.name(),
            variant.quantile(0),
            variant.quantile(0.5),
            variant.quantile(0) / all.quantile(0));
      }
    }
  }

  private static Variant variant(String form, List<Pass> without, int[] n) {
    String name =
        without.isEmpty()
            ? form
            : form + " without " + (without.size() > 1 ? "any" : without.getFirst());
    return new Variant(name, without, step(form, n[0], n[1], n[2], n[3]), new ArrayList<>());
  }

  private static Supplier<Object> step(String form, int time, int batch, int in, int hidden) {
    Generator generator = new Generator(3);
    double scale = 1 / Math.sqrt(hidden);
    List<Tensor> wanted = new ArrayList<>();
    int parts = form.equals("gates") ? 4 : 1;
    for (int k = 0; k < parts; k++) {
      int width = 4 * hidden / parts;
      if (form.equals("one")) {
        wanted.add(normal(generator, scale, in + hidden, width).leaf());
      } else {
        wanted.add(normal(generator, scale, in, width).leaf());
        wanted.add(normal(generator, scale, hidden, width).leaf());
      }
      wanted.add(normal(generator, scale, width).leaf());
    }
    List<Tensor> parameters = List.copyOf(wanted);
    Scan<Tensor, State, Tensor> scan =
        Scan.over((Tensor x, State s) -> lstm(form, parameters, x, s)).in(ScanMode.COMPILED);
    Tensor x = normal(generator, 1, time, batch, in).leaf();
    wanted.add(x);
    Tensor cotangent = normal(generator, 1, time, batch, hidden);
    Tensor zeros = Tensor.zeros(DType.F32, Shape.of(batch, hidden));
    State start = new State(zeros, zeros);
    return () ->
        Autograd.gradients(
            List.of(scan.run(x, start).outputs()), List.of(cotangent), wanted, GraphMode.FREE);
  }

  private static Scan.Next<State, Tensor> lstm(String form, List<Tensor> p, Tensor x, State s) {
    List<Tensor> sums = new ArrayList<>();
    switch (form) {
      case "one" ->
          sums.addAll(Tensor.cat(List.of(x, s.h()), 1).matmul(p.get(0)).add(p.get(1)).chunk(4));
      case "two" ->
          sums.addAll(x.matmul(p.get(0)).add(s.h().matmul(p.get(1))).add(p.get(2)).chunk(4));
      default -> {
        for (int k = 0; k < 12; k += 3) {
          sums.add(x.matmul(p.get(k)).add(s.h().matmul(p.get(k + 1))).add(p.get(k + 2)));
        }
      }
    }
    Tensor i = sums.get(0).sigmoid();
    Tensor c = sums.get(1).sigmoid().mul(s.c()).add(i.mul(sums.get(2).tanh()));
    Tensor h = sums.get(3).sigmoid().mul(c.tanh());
    return new Scan.Next<>(h, new State(h, c));
  }

  private static Tensor normal(Generator generator, double deviation, int... extents) {
    return Tensor.normal(generator.next(), DType.F32, Shape.of(extents), 0, deviation);
  }
}
