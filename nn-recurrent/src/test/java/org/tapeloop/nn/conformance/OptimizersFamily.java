package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.Adadelta;
import org.tapeloop.nn.optim.Adagrad;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.AdamRule;
import org.tapeloop.nn.optim.AdamW;
import org.tapeloop.nn.optim.Adamax;
import org.tapeloop.nn.optim.Clipping;
import org.tapeloop.nn.optim.Lion;
import org.tapeloop.nn.optim.MomentEstimates;
import org.tapeloop.nn.optim.Muon;
import org.tapeloop.nn.optim.NAdam;
import org.tapeloop.nn.optim.Optimizer;
import org.tapeloop.nn.optim.ParameterGroups;
import org.tapeloop.nn.optim.RAdam;
import org.tapeloop.nn.optim.RmsProp;
import org.tapeloop.nn.optim.Rprop;
import org.tapeloop.nn.optim.Sgd;

/** Trajectories of optimisers over recorded gradients, clipped gradients, and schedules. */
final class OptimizersFamily implements Family {
  private static final int CARRIED = 68;
  private static final double SINGLE = 1e-5;

  /** Its iteration amplifies rounding, so that trajectories in F32 part after a few steps. */
  private static final int MUON_STEPS_IN_SINGLE = 3;

  private static final Set<String> OPTIMIZERS =
      Set.of(
          "sgd",
          "adam",
          "adamw",
          "rmsprop",
          "adagrad",
          "adadelta",
          "adamax",
          "nadam",
          "radam",
          "rprop",
          "lion",
          "muon");

  @Override
  public String name() {
    return "optimizers";
  }

  @Override
  public int carried() {
    return CARRIED;
  }

  @Override
  public boolean supports(String kind) {
    return OPTIMIZERS.contains(kind)
        || kind.equals("clip_norm")
        || kind.equals("clip_value")
        || SchedulesOfFile.KINDS.contains(kind);
  }

  @Override
  public List<Deviation> replay(ConformanceCase replayed, DType dtype) {
    if (replayed.kind().startsWith("clip_")) {
      return clipped(replayed, dtype);
    }
    return OPTIMIZERS.contains(replayed.kind())
        ? trajectory(replayed, dtype)
        : SchedulesOfFile.replay(replayed);
  }

  // ---- trajectories ----

  /** A layer that is nothing but the parameters of the case. */
  private static final class Weights extends Layer {
    Weights(ConformanceCase replayed, DType dtype) {
      for (String name : replayed.texts("params")) {
        parameter(name, replayed.tensor("init." + name).to(dtype));
      }
    }
  }

  private static List<Deviation> trajectory(ConformanceCase replayed, DType dtype) {
    Map<String, Parameter> parameters = new Weights(replayed, dtype).parameters();
    Map<String, Optimizer> optimizers = new LinkedHashMap<>();
    ParameterGroups groups = new ParameterGroups();
    Map<String, Parameter> together = new LinkedHashMap<>(parameters);
    together.keySet().removeAll(replayed.texts("grouped"));
    if (!together.isEmpty()) {
      Optimizer shared = create(replayed, together, replayed::text);
      together.keySet().forEach(name -> optimizers.put(name, shared));
      groups.add("together", shared);
    }
    for (String name : replayed.texts("grouped")) {
      Optimizer own = create(replayed, Map.of(name, parameters.get(name)), own(replayed, name));
      optimizers.put(name, own);
      groups.add(name, own);
    }

    Map<String, List<Tensor>> paths = new LinkedHashMap<>();
    int steps = replayed.integer("steps");
    if (replayed.kind().equals("muon") && dtype == DType.F32) {
      steps = Math.min(steps, MUON_STEPS_IN_SINGLE);
    }
    for (int k = 0; k < steps; k++) {
      Map<Tensor, Tensor> gradients = new LinkedHashMap<>();
      for (String name : parameters.keySet()) {
        if (!replayed.flag("skipped") || replayed.ints("present." + name).flat(k) == 1) {
          Tensor gradient = replayed.tensor("grad." + name).select(0, k).to(dtype);
          gradients.put(parameters.get(name).value(), gradient);
        }
        if (replayed.flag("scheduled") && !hasOwn(replayed, name, "lr")) {
          optimizers.get(name).setLearningRate(replayed.tensor("lr").get(k));
        }
      }
      groups.step(gradients);
      parameters.forEach(
          (name, parameter) ->
              paths.computeIfAbsent(name, unseen -> new ArrayList<>()).add(parameter.value()));
    }

    List<Deviation> deviations = new ArrayList<>();
    paths.forEach(
        (name, path) -> {
          String result = "expect." + name;
          deviations.add(
              Comparison.of(
                  result,
                  Tensor.stack(path, 0).detach(),
                  replayed.tensor(result).narrow(0, 0, path.size()),
                  replayed.real("floor"),
                  replayed.firstTolerance(dtype)));
        });
    return deviations;
  }

  /** Settings of one parameter: its own, or else the shared ones. */
  private static UnaryOperator<String> own(ConformanceCase replayed, String name) {
    return key -> replayed.text(hasOwn(replayed, name, key) ? ownKey(name, key) : key);
  }

  private static boolean hasOwn(ConformanceCase replayed, String name, String key) {
    return replayed.texts("grouped").contains(name) && replayed.has(ownKey(name, key));
  }

  private static String ownKey(String name, String key) {
    return "group." + name + "." + key;
  }

  private static Optimizer create(
      ConformanceCase replayed, Map<String, Parameter> parameters, UnaryOperator<String> settings) {
    double rate = real(settings, "lr");
    return switch (replayed.kind()) {
      case "sgd" -> sgd(new Sgd(parameters, rate), settings);
      case "adam" -> {
        Adam adam = adam(new Adam(parameters, rate), settings);
        yield flag(settings, "maximize") ? adam.maximize() : adam;
      }
      case "adamw" -> adam(new AdamW(parameters, rate), settings);
      case "rmsprop" -> rmsProp(new RmsProp(parameters, rate), settings);
      case "adagrad" ->
          new Adagrad(parameters, rate)
              .rateDecay(real(settings, "lr_decay"))
              .initialSum(real(settings, "initial_accumulator_value"))
              .epsilon(real(settings, "eps"))
              .weightDecay(real(settings, "weight_decay"));
      case "adadelta" ->
          new Adadelta(parameters, rate)
              .smoothing(real(settings, "rho"))
              .epsilon(real(settings, "eps"))
              .weightDecay(real(settings, "weight_decay"));
      case "adamax" -> moments(new Adamax(parameters, rate), settings);
      case "nadam" -> {
        NAdam nadam =
            moments(new NAdam(parameters, rate), settings)
                .momentumDecay(real(settings, "momentum_decay"));
        yield flag(settings, "decoupled_weight_decay")
            ? nadam.decoupledWeightDecay(real(settings, "weight_decay"))
            : nadam;
      }
      case "radam" -> {
        RAdam radam = moments(new RAdam(parameters, rate), settings);
        yield flag(settings, "decoupled_weight_decay")
            ? radam.decoupledWeightDecay(real(settings, "weight_decay"))
            : radam;
      }
      case "rprop" -> {
        double[] factors = reals(settings, "etas");
        double[] sizes = reals(settings, "step_sizes");
        yield new Rprop(parameters, rate).factors(factors[0], factors[1]).sizes(sizes[0], sizes[1]);
      }
      case "lion" -> {
        double[] betas = reals(settings, "betas");
        yield new Lion(parameters, rate)
            .betas(betas[0], betas[1])
            .weightDecay(real(settings, "weight_decay"));
      }
      case "muon" -> muon(new Muon(parameters, rate), settings);
      default -> throw new MalformedCaseException("there is no optimizer " + replayed.kind());
    };
  }

  private static Sgd sgd(Sgd sgd, UnaryOperator<String> settings) {
    sgd.momentum(real(settings, "momentum"))
        .dampening(real(settings, "dampening"))
        .weightDecay(real(settings, "weight_decay"));
    if (flag(settings, "nesterov")) {
      sgd.nesterov();
    }
    return flag(settings, "maximize") ? sgd.maximize() : sgd;
  }

  private static <S extends AdamRule<S>> S adam(S adam, UnaryOperator<String> settings) {
    moments(adam, settings);
    return flag(settings, "amsgrad") ? adam.amsgrad() : adam;
  }

  private static <S extends MomentEstimates<S>> S moments(
      S optimizer, UnaryOperator<String> settings) {
    double[] betas = reals(settings, "betas");
    return optimizer
        .betas(betas[0], betas[1])
        .epsilon(real(settings, "eps"))
        .weightDecay(real(settings, "weight_decay"));
  }

  private static RmsProp rmsProp(RmsProp rmsProp, UnaryOperator<String> settings) {
    rmsProp
        .smoothing(real(settings, "alpha"))
        .epsilon(real(settings, "eps"))
        .momentum(real(settings, "momentum"))
        .weightDecay(real(settings, "weight_decay"));
    return flag(settings, "centered") ? rmsProp.centred() : rmsProp;
  }

  private static Muon muon(Muon muon, UnaryOperator<String> settings) {
    double[] coefficients = reals(settings, "ns_coefficients");
    muon.momentum(real(settings, "momentum"))
        .epsilon(real(settings, "eps"))
        .weightDecay(real(settings, "weight_decay"))
        .coefficients(coefficients[0], coefficients[1], coefficients[2])
        .iterations(Integer.parseInt(settings.apply("ns_steps")));
    if (!flag(settings, "nesterov")) {
      muon.withoutNesterov();
    }
    String adjusting = settings.apply("adjust_lr_fn");
    return switch (adjusting) {
      case "original" -> muon;
      case "match_rms_adamw" -> muon.matchingAdamW();
      default -> throw new MalformedCaseException("there is no adjust_lr_fn '" + adjusting + "'");
    };
  }

  private static double[] reals(UnaryOperator<String> settings, String key) {
    return Arrays.stream(settings.apply(key).split(",", -1))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  private static double real(UnaryOperator<String> settings, String key) {
    return Double.parseDouble(settings.apply(key));
  }

  private static boolean flag(UnaryOperator<String> settings, String key) {
    return settings.apply(key).equals("true");
  }

  // ---- clipping ----

  private static List<Deviation> clipped(ConformanceCase replayed, DType dtype) {
    double tolerance = dtype == DType.F64 ? replayed.firstTolerance(dtype) : SINGLE;
    Map<String, Tensor> keys = new LinkedHashMap<>();
    Map<Tensor, Tensor> gradients = new LinkedHashMap<>();
    for (String given : replayed.texts("consts")) {
      Tensor gradient = replayed.tensor(given).to(dtype);
      keys.put(given.substring("grad.".length()), gradient);
      gradients.put(gradient, gradient);
    }
    List<Deviation> deviations = new ArrayList<>();
    Map<Tensor, Tensor> results;
    if (replayed.kind().equals("clip_norm")) {
      Clipping.Clipped clipped =
          Clipping.byGlobalNorm(gradients, replayed.real("max_norm"), replayed.real("norm_type"));
      results = clipped.gradients();
      Tensor norm = Tensor.scalar(DType.F64, clipped.norm());
      deviations.add(compare(replayed, "total_norm", norm, tolerance));
    } else {
      results = Clipping.byValue(gradients, replayed.real("clip_value"));
    }
    keys.forEach(
        (name, key) -> deviations.add(compare(replayed, name, results.get(key), tolerance)));
    return deviations;
  }

  private static Deviation compare(
      ConformanceCase replayed, String name, Tensor actual, double tolerance) {
    String result = "expect." + name;
    return Comparison.of(
        result, actual, replayed.tensor(result), replayed.real("floor"), tolerance);
  }
}
