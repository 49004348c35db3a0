package org.tapeloop.nn;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * A place for a tensor that training changes. The tensors themselves are immutable: an optimiser
 * puts a new one here.
 *
 * <p>The current value is a leaf, so {@code loss.gradients(parameter.value())} finds its gradient.
 */
public final class Parameter {
  /** Tensors that stand in for values, see {@link Layer#withValues}. */
  private static final ScopedValue<Map<Parameter, Tensor>> SUBSTITUTES = ScopedValue.newInstance();

  private Tensor value;
  private boolean trainable = true;

  /** Values that were replaced, for as long as somebody holds them. */
  private final Set<Tensor> earlier = Collections.newSetFromMap(new WeakHashMap<>());

  Parameter(Tensor initial) {
    this.value = initial.detach().contiguous().leaf();
  }

  /**
   * The current value: a leaf, or a constant while the parameter is {@linkplain #freeze frozen};
   * inside {@link Layer#withValues}, what was given there.
   */
  public Tensor value() {
    return SUBSTITUTES.isBound() ? SUBSTITUTES.get().getOrDefault(this, value) : value;
  }

  /**
   * Whether a tensor was the value and has been replaced: gradients with respect to it come late.
   * Earlier values are remembered as long as somebody else holds them. For the thread that trains.
   */
  public boolean isEarlier(Tensor tensor) {
    return tensor != value && earlier.contains(tensor);
  }

  /**
   * Whether gradients are by an earlier value of this parameter, and so come late; not if it is
   * frozen, and has none.
   */
  public boolean isStaleIn(Map<Tensor, Tensor> gradients) {
    return trainable && gradients.keySet().stream().anyMatch(this::isEarlier);
  }

  /**
   * Whether there are gradients and trainable parameters, but none of the ones is by the value of
   * one of the others: they are those of another model.
   */
  public static boolean areForeign(
      Map<Tensor, Tensor> gradients, Collection<Parameter> parameters) {
    List<Parameter> trainable = parameters.stream().filter(Parameter::isTrainable).toList();
    return !gradients.isEmpty()
        && !trainable.isEmpty()
        && trainable.stream().noneMatch(p -> gradients.containsKey(p.value()));
  }

  /** The extents, which never change. */
  public Shape shape() {
    return value.shape();
  }

  /**
   * Replaces the value.
   *
   * @throws IllegalArgumentException if shape or element type differ
   */
  public void set(Tensor replacement) {
    requireLike(replacement);
    put(replacement);
  }

  /**
   * Replaces the values of several parameters, all or none.
   *
   * @throws IllegalArgumentException if a shape or element type differs; nothing changes then
   */
  public static void setAll(Map<Parameter, Tensor> replacements) {
    replacements.forEach(Parameter::requireLike);
    replacements.forEach(Parameter::put);
  }

  private void requireLike(Tensor replacement) {
    if (!replacement.shape().equals(value.shape()) || replacement.dtype() != value.dtype()) {
      throw new IllegalArgumentException(
          "parameter: %s %s cannot become %s %s"
              .formatted(value.dtype(), value.shape(), replacement.dtype(), replacement.shape()));
    }
  }

  /** Runs the body with other tensors for these values, and those of a scope around it. */
  static <T> T substituting(Map<Parameter, Tensor> substitutes, Supplier<T> body) {
    Map<Parameter, Tensor> all = new HashMap<>();
    if (SUBSTITUTES.isBound()) {
      all.putAll(SUBSTITUTES.get());
    }
    substitutes.forEach(Parameter::requireLike);
    all.putAll(substitutes);
    return ScopedValue.where(SUBSTITUTES, all).call(body::get);
  }

  /**
   * Runs the body with other values in place, for all threads, and then puts the present ones back,
   * as the very tensors they are: gradients with respect to them still find their parameters.
   *
   * @param values for the time of the body
   * @return what the body returns
   * @throws IllegalArgumentException if a shape or element type differs; nothing changes then
   */
  public static <T> T holding(Map<Parameter, Tensor> values, Supplier<T> body) {
    values.forEach(Parameter::requireLike);
    Map<Parameter, Tensor> present = new HashMap<>();
    values.forEach(
        (parameter, value) -> {
          present.put(parameter, parameter.value);
          parameter.put(value);
        });
    try {
      return body.get();
    } finally {
      present.forEach(Parameter::become);
    }
  }

  /** Whether gradients are computed for it. */
  public boolean isTrainable() {
    return trainable;
  }

  /** Keeps the value as it is from now on: no gradients, and optimisers pass it by. */
  public void freeze() {
    trainable = false;
    put(value);
  }

  /** Ends {@link #freeze}. */
  public void unfreeze() {
    trainable = true;
    put(value);
  }

  void convert(DType dtype) {
    put(value.detach().to(dtype));
  }

  private void put(Tensor replacement) {
    Tensor dense = replacement.detach().contiguous();
    become(trainable ? dense.leaf() : dense);
  }

  private void become(Tensor next) {
    earlier.add(value);
    value = next;
  }
}
