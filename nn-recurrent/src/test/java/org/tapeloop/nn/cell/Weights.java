package org.tapeloop.nn.cell;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;

/** A cell's parameters as plain numbers, and the arithmetic of equations written unit by unit. */
final class Weights {
  private final Map<String, double[]> values = new HashMap<>();
  private final Map<String, Integer> columns = new HashMap<>();

  private Weights() {}

  static Weights of(Layer cell) {
    Weights weights = new Weights();
    cell.parameters()
        .forEach(
            (name, parameter) -> {
              weights.values.put(name, parameter.value().toDoubleArray());
              weights.columns.put(name, parameter.shape().extent(-1));
            });
    return weights;
  }

  /** Element {@code i} in row-major order. */
  double at(String name, int i) {
    return all(name)[i];
  }

  double[] all(String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  /** Row {@code row} times a vector as long as the last axis; rows count over all other axes. */
  double dot(String name, int row, double[] v) {
    double[] w = all(name);
    int width = Objects.requireNonNull(columns.get(name));
    if (v.length != width) {
      throw new IllegalArgumentException(name + " has " + width + " columns, not " + v.length);
    }
    double sum = 0;
    for (int k = 0; k < width; k++) {
      sum += w[row * width + k] * v[k];
    }
    return sum;
  }

  // ---- arithmetic ----

  static double sig(double z) {
    return 1 / (1 + Math.exp(-z));
  }

  static double relu(double z) {
    return z > 0 ? z : 0;
  }

  static double[] each(int n, IntToDoubleFunction f) {
    double[] out = new double[n];
    Arrays.setAll(out, f);
    return out;
  }

  static double[] mul(double[] a, double[] b) {
    return each(a.length, j -> a[j] * b[j]);
  }

  /** Layer normalisation with epsilon 1e-5. */
  static double[] normal(double[] z, double[] gain, double[] shift) {
    double mean = Arrays.stream(z).average().orElseThrow();
    double var = Arrays.stream(z).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    return each(z.length, j -> gain[j] * (z[j] - mean) / Math.sqrt(var + 1e-5) + shift[j]);
  }

  /** What a step gives: its output and then its states. */
  static List<double[]> out(double[]... results) {
    return List.of(results);
  }

  /** Row {@code b} of a tensor [B, ...]. */
  static double[] row(Tensor batch, int b) {
    return batch.select(0, b).toDoubleArray();
  }
}
