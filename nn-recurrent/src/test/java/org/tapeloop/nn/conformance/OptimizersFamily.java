package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.AdamW;
import org.tapeloop.nn.optim.Clipping;
import org.tapeloop.nn.optim.MomentEstimates;
import org.tapeloop.nn.optim.Optimizer;
import org.tapeloop.nn.optim.Sgd;

/** Trajectories of optimisers over recorded gradients, and clipped gradients. */
final class OptimizersFamily implements Family {
  private static final int CARRIED = 68;
  private static final double SINGLE = 1e-5;

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
    return switch (kind) {
      case "sgd", "adam", "adamw", "clip_norm", "clip_value" -> true;
      default -> false;
    };
  }

  @Override
  public List<Deviation> replay(ConformanceCase replayed, DType dtype) {
    return replayed.kind().startsWith("clip_")
        ? clipped(replayed, dtype)
        : trajectory(replayed, dtype);
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
    Map<String, Parameter> together = new LinkedHashMap<>(parameters);
    together.keySet().removeAll(replayed.texts("grouped"));
    Optimizer shared = create(replayed, together, replayed::text);
    parameters.keySet().forEach(name -> optimizers.put(name, shared));
    for (String name : replayed.texts("grouped")) {
      optimizers.put(
          name, create(replayed, Map.of(name, parameters.get(name)), own(replayed, name)));
    }

    Map<String, List<Tensor>> paths = new LinkedHashMap<>();
    for (int k = 0; k < replayed.integer("steps"); k++) {
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
      optimizers.values().stream().distinct().forEach(optimizer -> optimizer.step(gradients));
      parameters.forEach(
          (name, parameter) ->
              paths.computeIfAbsent(name, unseen -> new ArrayList<>()).add(parameter.value()));
    }

    List<Deviation> deviations = new ArrayList<>();
    paths.forEach(
        (name, path) ->
            deviations.add(
                compare(
                    replayed,
                    name,
                    Tensor.stack(path, 0).detach(),
                    replayed.firstTolerance(dtype))));
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

  private static <S extends MomentEstimates<S>> S adam(S adam, UnaryOperator<String> settings) {
    String[] betas = settings.apply("betas").split(",", -1);
    adam.betas(Double.parseDouble(betas[0]), Double.parseDouble(betas[1]))
        .epsilon(real(settings, "eps"))
        .weightDecay(real(settings, "weight_decay"));
    return flag(settings, "amsgrad") ? adam.amsgrad() : adam;
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
