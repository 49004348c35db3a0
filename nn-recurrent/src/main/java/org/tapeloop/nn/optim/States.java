package org.tapeloop.nn.optim;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Parameters by name, and reading and writing of the states of {@link Restorable} parts: numbers
 * are F64 scalars, texts F64 vectors of their characters' codes.
 */
final class States {
  private States() {}

  /**
   * Refuses a parameter of two names.
   *
   * @throws IllegalArgumentException naming it
   */
  static void requireDistinct(Map<String, Parameter> parameters) {
    Map<Parameter, String> names = new HashMap<>();
    parameters.forEach(
        (name, parameter) -> {
          String earlier = names.putIfAbsent(parameter, name);
          if (earlier != null) {
            throw new IllegalArgumentException(
                "optimizer: '%s' and '%s' are one parameter, which would be stepped twice"
                    .formatted(earlier, name));
          }
        });
  }

  static Tensor number(double value) {
    return Tensor.scalar(DType.F64, value);
  }

  static Tensor text(String text) {
    return Tensor.ofDoubles(text.chars().asDoubleStream().toArray());
  }

  static String text(Tensor tensor) {
    StringBuilder text = new StringBuilder();
    for (double code : tensor.toDoubleArray()) {
      text.append((char) code);
    }
    return text.toString();
  }

  /** Adds a part's state, its names behind a prefix. */
  static void put(Map<String, Tensor> all, String prefix, Map<String, Tensor> part) {
    part.forEach((name, tensor) -> all.put(prefix + '.' + name, tensor));
  }

  /** The tensors behind a prefix, taken out. */
  static Map<String, Tensor> take(Map<String, Tensor> left, String prefix) {
    Map<String, Tensor> part = new LinkedHashMap<>();
    left.entrySet()
        .removeIf(
            entry -> {
              boolean below = entry.getKey().startsWith(prefix + '.');
              if (below) {
                part.put(entry.getKey().substring(prefix.length() + 1), entry.getValue());
              }
              return below;
            });
    return part;
  }

  /** A number, taken out. */
  static double takeNumber(Map<String, Tensor> left, String what, String name) {
    Tensor number = left.remove(name);
    if (number == null || number.size() != 1) {
      throw new IllegalArgumentException("%s: the state has no number '%s'".formatted(what, name));
    }
    return number.item();
  }

  /** A count, taken out. */
  static long takeCount(Map<String, Tensor> left, String what, String name) {
    double number = takeNumber(left, what, name);
    if (!(number >= 0) || number != (long) number) {
      throw new IllegalArgumentException(
          "%s: the state's '%s' is no count: %s".formatted(what, name, number));
    }
    return (long) number;
  }

  /** The vector of numbers, taken out. */
  static double[] takeNumbers(Map<String, Tensor> left, String what, String name) {
    Tensor numbers = left.remove(name);
    if (numbers == null || numbers.rank() != 1) {
      throw new IllegalArgumentException("%s: the state has no vector '%s'".formatted(what, name));
    }
    return numbers.toDoubleArray();
  }

  /** Tensors like the parameters' values, one for each, taken out. */
  static Map<String, Tensor> takeLike(
      Map<String, Tensor> left, String what, Map<String, Parameter> parameters) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> found.put(name, takeLike(left, what, name, parameter)));
    return found;
  }

  /** A tensor like a parameter's value, taken out. */
  static Tensor takeLike(Map<String, Tensor> left, String what, String name, Parameter parameter) {
    Tensor tensor = left.remove(name);
    Tensor value = parameter.value();
    if (tensor == null) {
      throw new IllegalArgumentException("%s: the state has no '%s'".formatted(what, name));
    }
    if (!tensor.shape().equals(value.shape()) || tensor.dtype() != value.dtype()) {
      throw new IllegalArgumentException(
          "%s: the state's '%s' is %s %s for a parameter %s %s"
              .formatted(what, name, tensor.dtype(), tensor.shape(), value.dtype(), value.shape()));
    }
    return tensor.detach();
  }

  /**
   * Refuses what is left.
   *
   * @throws IllegalArgumentException naming it
   */
  static void requireEmpty(Map<String, Tensor> left, String what) {
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: the state holds what is unknown here: %s".formatted(what, left.keySet()));
    }
  }
}
