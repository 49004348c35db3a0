package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongToDoubleFunction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.optim.OneCycle;
import org.tapeloop.nn.optim.ReduceOnPlateau;
import org.tapeloop.nn.optim.Schedule;

/** Learning-rate schedules: plain numbers, the same on every backend and in every element type. */
final class SchedulesOfFile {
  static final Set<String> KINDS =
      Set.of(
          "step_lr",
          "multi_step_lr",
          "exponential_lr",
          "cosine_annealing_lr",
          "cosine_warm_restarts",
          "one_cycle_lr",
          "linear_lr",
          "constant_lr",
          "polynomial_lr",
          "noam",
          "warmup_cosine",
          "reduce_on_plateau");

  private SchedulesOfFile() {}

  static List<Deviation> replay(ConformanceCase a) {
    List<Deviation> deviations = new ArrayList<>();
    switch (a.kind()) {
      case "reduce_on_plateau" -> {
        ReduceOnPlateau plateau = plateau(a);
        Tensor metric = a.tensor("metric");
        deviations.add(
            compare(
                a,
                "expect.lr",
                step -> {
                  double rate = plateau.rate();
                  plateau.observe(metric.get((int) step));
                  return rate;
                }));
      }
      case "one_cycle_lr" -> {
        OneCycle cycle = oneCycle(a);
        deviations.add(compare(a, "expect.lr", cycle::rate));
        deviations.add(compare(a, "expect.momentum", cycle::momentum));
      }
      default -> deviations.add(compare(a, "expect.lr", schedule(a)::rate));
    }
    return deviations;
  }

  private static Deviation compare(ConformanceCase a, String result, LongToDoubleFunction rule) {
    double[] rates = new double[a.integer("steps")];
    for (int k = 0; k < rates.length; k++) {
      rates[k] = rule.applyAsDouble(k);
    }
    return Comparison.of(
        result,
        Tensor.ofDoubles(rates),
        a.tensor(result),
        a.real("floor"),
        a.real("tolerance.first"));
  }

  private static Schedule schedule(ConformanceCase a) {
    double rate = a.real("base_lr");
    return switch (a.kind()) {
      case "step_lr" -> Schedule.step(rate, a.integer("step_size"), a.real("gamma"));
      case "multi_step_lr" ->
          Schedule.multiStep(
              rate,
              a.real("gamma"),
              Arrays.stream(a.integers("milestones")).asLongStream().toArray());
      case "exponential_lr" -> Schedule.exponential(rate, a.real("gamma"));
      case "cosine_annealing_lr" -> Schedule.cosine(rate, a.real("eta_min"), a.integer("T_max"));
      case "cosine_warm_restarts" ->
          Schedule.cosineRestarts(rate, a.real("eta_min"), a.integer("T_0"), a.integer("T_mult"));
      case "linear_lr" ->
          Schedule.linear(
              rate, a.real("start_factor"), a.real("end_factor"), a.integer("total_iters"));
      case "constant_lr" ->
          Schedule.constant(rate * a.real("factor"))
              .then(a.integer("total_iters"), Schedule.constant(rate));
      case "polynomial_lr" -> Schedule.polynomial(rate, a.integer("total_iters"), a.real("power"));
      case "noam" -> {
        double peak = rate / Math.sqrt((double) a.integer("d_model") * a.integer("warmup"));
        yield Schedule.inverseSquareRoot(peak, a.integer("warmup"));
      }
      case "warmup_cosine" ->
          Schedule.cosine(rate, a.real("eta_min"), a.integer("T_max"))
              .warmedUp(a.integer("warmup"), a.real("start_factor"));
      default -> throw new MalformedCaseException("there is no schedule " + a.kind());
    };
  }

  private static OneCycle oneCycle(ConformanceCase a) {
    OneCycle cycle =
        new OneCycle(a.real("max_lr"), a.integer("total_steps"))
            .rising(a.real("pct_start"))
            .dividing(a.real("div_factor"), a.real("final_div_factor"))
            .momenta(a.real("base_momentum"), a.real("max_momentum"));
    String annealing = a.text("anneal_strategy");
    cycle =
        switch (annealing) {
          case "cos" -> cycle;
          case "linear" -> cycle.linearly();
          default ->
              throw new MalformedCaseException("there is no anneal_strategy '" + annealing + "'");
        };
    return a.flag("three_phase") ? cycle.inThreePhases() : cycle;
  }

  private static ReduceOnPlateau plateau(ConformanceCase a) {
    ReduceOnPlateau plateau =
        new ReduceOnPlateau(a.real("base_lr"))
            .factor(a.real("factor"))
            .patience(a.integer("patience"))
            .cooldown(a.integer("cooldown"))
            .minimum(a.real("min_lr"))
            .epsilon(a.real("eps"));
    plateau =
        switch (a.text("threshold_mode")) {
          case "rel" -> plateau.relativeThreshold(a.real("threshold"));
          case "abs" -> plateau.absoluteThreshold(a.real("threshold"));
          default -> throw new MalformedCaseException("there is no such threshold_mode");
        };
    return switch (a.text("mode")) {
      case "min" -> plateau;
      case "max" -> plateau.maximizing();
      default -> throw new MalformedCaseException("there is no such mode");
    };
  }
}
