package org.tapeloop.nn.hopfield;

import java.util.Arrays;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * The classical Hopfield network: binary units whose states run downhill to stored patterns.
 *
 * <pre>
 * W = (1/N) sum over patterns of p p^T, with a diagonal of 0
 * s_i becomes the sign of sum over j of W_ij s_j, one unit after the other
 * E(s) = -1/2 s^T W s, which no such change raises
 * </pre>
 *
 * <p>States and patterns hold 1 and -1. About 0.138 N random patterns can be stored. Source:
 * Hopfield 1982; the rule is Hebb's.
 */
public final class HopfieldNetwork {
  private final int units;

  /** N W: whole numbers, so that a unit's sum is exact, and 0 where it should be. */
  private final double[] agreements;

  private HopfieldNetwork(int units, double[] agreements) {
    this.units = units;
    this.agreements = agreements;
  }

  /**
   * A network that stores patterns.
   *
   * @param patterns [P, N], each element 1 or -1
   * @throws IllegalArgumentException if they are not of this form
   */
  public static HopfieldNetwork storing(Tensor patterns) {
    if (patterns.rank() != 2) {
      throw new IllegalArgumentException(
          "hopfield: patterns must be [patterns, units], not " + patterns.shape());
    }
    int units = patterns.extent(1);
    double[] flat = requireSigns(patterns);
    double[] agreements = new double[units * units];
    for (int p = 0; p < patterns.extent(0); p++) {
      for (int i = 0; i < units; i++) {
        for (int j = 0; j < units; j++) {
          agreements[i * units + j] += i == j ? 0 : flat[p * units + i] * flat[p * units + j];
        }
      }
    }
    return new HopfieldNetwork(units, agreements);
  }

  private static double[] requireSigns(Tensor states) {
    double[] flat = states.toDoubleArray();
    for (double s : flat) {
      if (s != 1 && s != -1) {
        throw new IllegalArgumentException("hopfield: a unit is " + s + ", neither 1 nor -1");
      }
    }
    return flat;
  }

  /** W [N, N], F64. */
  public Tensor weights() {
    double[] weights = Arrays.stream(agreements).map(sum -> sum / units).toArray();
    return Tensor.ofDoubles(Shape.of(units, units), weights);
  }

  /**
   * E of states, which is differentiable, so that they need not be binary.
   *
   * @param states [..., N]
   * @return [...]
   */
  public Tensor energy(Tensor states) {
    requireUnits(states);
    Tensor product = states.affine(weights().to(states.dtype()), null);
    return states.mul(product).sum(-1).mul(-0.5);
  }

  /**
   * Runs each state downhill, units in order, until a sweep changes nothing. A unit whose sum is 0
   * stays as it is.
   *
   * @param states [..., N], each element 1 or -1
   * @param sweeps at most so many
   * @return the states reached, of the same shape and type
   */
  public Tensor recall(Tensor states, int sweeps) {
    requireUnits(states);
    double[] flat = requireSigns(states);
    for (int row = 0; row < flat.length; row += units) {
      boolean moved = true;
      for (int sweep = 0; moved && sweep < sweeps; sweep++) {
        moved = sweep(flat, row);
      }
    }
    DType dtype = states.dtype();
    return Tensor.ofDoubles(states.shape(), flat).to(dtype);
  }

  private boolean sweep(double[] states, int row) {
    boolean moved = false;
    for (int i = 0; i < units; i++) {
      double sum = 0;
      for (int j = 0; j < units; j++) {
        sum += agreements[i * units + j] * states[row + j];
      }
      double next = sum == 0 ? states[row + i] : Math.signum(sum);
      moved |= next != states[row + i];
      states[row + i] = next;
    }
    return moved;
  }

  private void requireUnits(Tensor states) {
    if (states.rank() == 0 || states.extent(-1) != units) {
      throw new IllegalArgumentException(
          "hopfield: states %s of a network of %d units".formatted(states.shape(), units));
    }
  }
}
