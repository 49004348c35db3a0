package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Tensor;

/**
 * A part of a network: it owns parameters, may contain other layers, and is either training or not.
 *
 * <p>A subclass declares its parameters with {@link #parameter} and its parts with {@link #child}
 * in its constructor; names, counts, checkpoints, modes and conversions follow from that. What is
 * not declared is not trained, saved or converted.
 */
public abstract class Layer {

  /** A contained layer and how its parameters' names look from here. */
  private record Child(Layer layer, UnaryOperator<String> naming) {}

  private final Map<String, Parameter> own = new LinkedHashMap<>();
  private final List<Child> children = new ArrayList<>();
  private final Set<String> childNames = new HashSet<>();
  private boolean training = true;

  /** For subclasses. */
  protected Layer() {}

  /**
   * Declares a parameter.
   *
   * @throws IllegalArgumentException if the name is taken, is empty, or has a dot or white space
   */
  protected final Parameter parameter(String name, Tensor initial) {
    requireName("parameter", name);
    Parameter parameter = new Parameter(initial);
    if (own.putIfAbsent(name, parameter) != null) {
      throw new IllegalArgumentException("parameter: '" + name + "' is declared twice");
    }
    return parameter;
  }

  /**
   * Contains a layer; its parameters are called {@code name.parameter} here.
   *
   * @param name may have several parts, {@code layers.0} say
   * @throws IllegalArgumentException if the name is taken, or a part of it is empty or has white
   *     space
   */
  protected final <L extends Layer> L child(String name, L layer) {
    for (String part : name.split("\\.", -1)) {
      requireName("child", part);
    }
    if (!childNames.add(name)) {
      throw new IllegalArgumentException("child: '" + name + "' is declared twice");
    }
    return child(layer, parameter -> name + "." + parameter);
  }

  /** Contains a layer, naming its parameters by a function of their own names. */
  protected final <L extends Layer> L child(L layer, UnaryOperator<String> naming) {
    children.add(new Child(layer, naming));
    return layer;
  }

  /**
   * Contains a part that need not be a layer, as a cell need not: one that is none has no
   * parameters, and is given back as it is.
   *
   * @param name as of {@link #child(String, Layer)}
   */
  protected final <P> P part(String name, P part) {
    if (part instanceof Layer layer) {
      child(name, layer);
    }
    return part;
  }

  /** The same, naming its parameters by a function of their own names. */
  protected final <P> P part(P part, UnaryOperator<String> naming) {
    if (part instanceof Layer layer) {
      child(layer, naming);
    }
    return part;
  }

  private static void requireName(String what, String name) {
    if (name.isEmpty() || name.chars().anyMatch(c -> c == '.' || c <= ' ')) {
      throw new IllegalArgumentException(
          "%s: '%s' is no name: it is empty, or has a dot or white space".formatted(what, name));
    }
  }

  /** {@code x W^T + b}, see {@link Tensor#affine}. */
  protected static Tensor affine(Tensor x, Parameter weight, @Nullable Parameter bias) {
    return x.affine(weight.value(), bias == null ? null : bias.value());
  }

  // ---- parameters ----

  /**
   * All parameters by name, in order of declaration; those shared by several parts once, by their
   * first name.
   */
  public final Map<String, Parameter> parameters() {
    Map<String, Parameter> all = new LinkedHashMap<>();
    collect(all, UnaryOperator.identity());
    return all;
  }

  private void collect(Map<String, Parameter> all, UnaryOperator<String> naming) {
    own.forEach(
        (name, parameter) -> {
          if (all.containsValue(parameter)) {
            return;
          }
          String full = naming.apply(name);
          if (all.putIfAbsent(full, parameter) != null) {
            throw new IllegalStateException("parameters: two are called '" + full + "'");
          }
        });
    for (Child child : children) {
      child.layer.collect(all, name -> naming.apply(child.naming.apply(name)));
    }
  }

  /**
   * The current values of the trainable parameters: what to differentiate a loss with respect to.
   */
  public final List<Tensor> values() {
    return parameters().values().stream()
        .filter(Parameter::isTrainable)
        .map(Parameter::value)
        .toList();
  }

  /**
   * Gradients by the names of their parameters, in the order of {@link #parameters}; those that
   * have none, frozen ones say, are left out. To be called before the optimiser's step, which puts
   * other values into the parameters.
   *
   * @param gradients of {@link #values}, as {@link Tensor#gradients} gives them
   * @throws IllegalArgumentException if one is the gradient of a value that has been replaced
   *     since, or none is that of a parameter of this layer
   */
  public final Map<String, Tensor> byName(Map<Tensor, Tensor> gradients) {
    Map<String, Parameter> all = parameters();
    Map<String, Tensor> named = new LinkedHashMap<>();
    all.forEach(
        (name, parameter) -> {
          Tensor gradient = gradients.get(parameter.value());
          if (gradient != null) {
            named.put(name, gradient);
          } else if (parameter.isStaleIn(gradients)) {
            throw new IllegalArgumentException(
                "byName: the gradient of '%s' is that of a value that has been replaced since; call byName before the optimiser's step"
                    .formatted(name));
          }
        });
    if (named.isEmpty() && Parameter.areForeign(gradients, all.values())) {
      throw new IllegalArgumentException(
          "byName: none of the gradients is that of a parameter of this layer");
    }
    return named;
  }

  /** How many numbers the parameters hold. */
  public final long parameterCount() {
    return parameters().values().stream().mapToLong(p -> p.shape().size()).sum();
  }

  /**
   * Puts values into the parameters of the same names: all of them, and nothing else. Nothing
   * changes if they do not fit.
   *
   * @throws IllegalArgumentException naming what is missing, left over, or of another shape
   */
  public final void load(Map<String, Tensor> values) {
    Map<String, Parameter> all = parameters();
    TreeSet<String> missing = new TreeSet<>(all.keySet());
    missing.removeAll(values.keySet());
    TreeSet<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(all.keySet());
    if (!missing.isEmpty() || !unknown.isEmpty()) {
      throw new IllegalArgumentException("load: missing " + missing + ", unknown " + unknown);
    }
    values.forEach((name, value) -> requireShape(name, named(all, name), value));
    values.forEach(
        (name, value) -> {
          Parameter parameter = named(all, name);
          parameter.set(value.detach().to(parameter.value().dtype()));
        });
  }

  private static Parameter named(Map<String, Parameter> all, String name) {
    return Objects.requireNonNull(all.get(name), name);
  }

  private static void requireShape(String name, Parameter parameter, Tensor value) {
    if (!parameter.shape().equals(value.shape())) {
      throw new IllegalArgumentException(
          "load: '%s' has shape %s here but %s in the given values"
              .formatted(name, parameter.shape(), value.shape()));
    }
  }

  /**
   * Runs the body with other tensors in place of parameters' values. Unlike {@link #load}, nothing
   * is detached: where they were computed from something, gradients flow on to it. Derivatives are
   * checked this way, and weights normalised, dropped or made by another network. A constant among
   * them gets no gradient: one that is to have some is made a {@link Tensor#leaf}.
   *
   * @param values by name, for all parameters or some
   * @return what the body returns
   * @throws IllegalArgumentException if there is no such parameter, or shape or element type differ
   */
  public final <T> T withValues(Map<String, Tensor> values, Supplier<T> body) {
    Map<String, Parameter> all = parameters();
    Map<Parameter, Tensor> substitutes = new HashMap<>();
    values.forEach(
        (name, value) -> {
          Parameter parameter = all.get(name);
          if (parameter == null) {
            throw new IllegalArgumentException("withValues: there is no parameter '" + name + "'");
          }
          substitutes.put(parameter, value);
        });
    return Parameter.substituting(substitutes, body);
  }

  /** Converts all parameters to an element type; optimisers are made afterwards. */
  public final void to(DType dtype) {
    parameters().values().forEach(parameter -> parameter.convert(dtype));
  }

  // ---- mode ----

  /** Switches this layer and its parts to training: dropout drops. */
  public final void train() {
    setTraining(true);
  }

  /** Switches this layer and its parts to evaluation: dropout does nothing. */
  public final void eval() {
    setTraining(false);
  }

  /** Whether the layer is training, which it is from the start. */
  public final boolean isTraining() {
    return training;
  }

  private void setTraining(boolean mode) {
    training = mode;
    children.forEach(child -> child.layer.setTraining(mode));
  }

  // ---- print ----

  /** The name of the class, or of that which a class without a name extends. */
  private String title() {
    Class<?> type = getClass();
    return (type.isAnonymousClass() ? type.getSuperclass() : type).getSimpleName();
  }

  /** A table for a person: each parameter's name, shape and size, and the total. */
  public final String summary() {
    Map<String, Parameter> all = parameters();
    int width = all.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder text = new StringBuilder(title()).append('\n');
    String row = "  %-" + Math.max(width, 1) + "s  %-16s %,12d%s\n";
    all.forEach(
        (name, p) -> {
          String mark = p.isTrainable() ? "" : " frozen";
          text.append(row.formatted(name, p.shape(), p.shape().size(), mark));
        });
    return text.append("  %,d parameters".formatted(parameterCount())).toString();
  }
}
