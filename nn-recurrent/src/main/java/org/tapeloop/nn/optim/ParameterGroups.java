package org.tapeloop.nn.optim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Groups of parameters, each with an optimiser, and so with settings, of its own.
 *
 * <pre>{@code
 * ParameterGroups groups =
 *     new ParameterGroups()
 *         .add("matrices", new Muon(matrices, 0.02))
 *         .add("rest", new AdamW(rest, 1e-3).weightDecay(0));
 * groups.step(loss.gradients(model.values()));
 * }</pre>
 */
public final class ParameterGroups implements Restorable {
  private final Map<String, Optimizer> groups = new LinkedHashMap<>();
  private final Set<Parameter> taken = new HashSet<>();

  /** No groups yet. */
  public ParameterGroups() {}

  /**
   * Adds a group.
   *
   * @param name of the saved state
   * @throws IllegalArgumentException if the name is taken or has a dot, or a parameter is in
   *     another group already
   */
  public ParameterGroups add(String name, Optimizer optimizer) {
    if (name.indexOf('.') >= 0) {
      throw new IllegalArgumentException("groups: a group's name must have no dot: '" + name + "'");
    }
    if (groups.containsKey(name)) {
      throw new IllegalArgumentException("groups: there are two called '" + name + "'");
    }
    optimizer
        .parameters()
        .forEach(
            (parameterName, parameter) -> {
              if (taken.contains(parameter)) {
                throw new IllegalArgumentException(
                    "groups: '%s' is in '%s' and in another group".formatted(parameterName, name));
              }
            });
    taken.addAll(optimizer.parameters().values());
    groups.put(name, optimizer);
    return this;
  }

  /** The optimisers by name of group, to set learning rates by. */
  public Map<String, Optimizer> groups() {
    return Map.copyOf(groups);
  }

  /**
   * One step of all groups, as {@link Optimizer#step}.
   *
   * @throws IllegalArgumentException if one of them refuses, or none of the gradients is that of a
   *     parameter of any; nothing changes then
   */
  public void step(Map<Tensor, Tensor> gradients) {
    step(gradients, 1);
  }

  /**
   * One step of all groups with the gradients times a factor, as {@link Optimizer#step(Map,
   * double)}.
   *
   * @throws IllegalArgumentException if one of them refuses; nothing changes then
   */
  public void step(Map<Tensor, Tensor> gradients, double factor) {
    List<Runnable> steps = new ArrayList<>();
    groups.values().forEach(optimizer -> steps.add(optimizer.prepare(gradients, factor)));
    GradientChecks.requireOwn(taken, gradients);
    steps.forEach(Runnable::run);
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    groups.forEach((name, optimizer) -> States.put(all, name, optimizer.state()));
    return all;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    Map<Optimizer, Map<String, Tensor>> parts = new LinkedHashMap<>();
    groups.forEach((name, optimizer) -> parts.put(optimizer, States.take(left, name)));
    States.requireEmpty(left, "groups");
    Map<String, Tensor> before = state();
    try {
      parts.forEach(Optimizer::load);
    } catch (IllegalArgumentException e) {
      groups.forEach((name, optimizer) -> optimizer.load(States.take(before, name)));
      throw e;
    }
  }
}
