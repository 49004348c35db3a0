package org.tapeloop.nn.cell;

import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Legendre memory unit: a linear memory that holds the last theta steps of a signal as coefficients
 * of Legendre polynomials, beside a nonlinear state.
 *
 * <pre>
 * u = e_x x + e_h h + e_m m
 * m' = A m + B u
 * h' = tanh(W x + U h + V m')
 * </pre>
 *
 * <p>A and B are fixed: the continuous system of the paper, held at zero order over one step.
 * Shapes: x [B, I], h [B, H], m [B, D], u [B, 1]; parameters {@code encoder_x} [1, I], {@code
 * encoder_h} [1, H], {@code encoder_m} [1, D], {@code weight_ih} [H, I], {@code weight_hh} [H, H],
 * {@code weight_mh} [H, D].
 *
 * <p>Source: Voelker, Kajic and Eliasmith 2019, "Legendre memory units".
 */
public final class LmuCell extends SizedCell<LmuCell.State> {
  /** Nonlinear state [B, H] and memory [B, D]. */
  public record State(Tensor h, Tensor m) {}

  private final int order;
  private final Tensor matrixA;
  private final Tensor matrixB;
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter weightMh;
  private final Parameter encoderX;
  private final Parameter encoderH;
  private final Parameter encoderM;

  /** A cell with D = H coefficients for the last 100 steps. */
  public LmuCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, hiddenSize, 100, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param order D
   * @param theta how many steps the memory holds
   */
  public LmuCell(int inputSize, int hiddenSize, int order, double theta, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.order = requirePositive("order", order);
    var system = LegendreSystem.of(order, theta);
    matrixA = system.a();
    matrixB = system.b();
    weightMh = weight("weight_mh", hiddenSize, order);
    encoderX = weight("encoder_x", 1, inputSize);
    encoderH = weight("encoder_h", 1, hiddenSize);
    encoderM = filled("encoder_m", 0, 1, order);
  }

  @Override
  public LmuCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch, order));
  }

  @Override
  public Step<LmuCell.State> step(Tensor x, LmuCell.State s) {
    var dtype = weightIh.value().dtype();
    // Encoders are one row each: as the last row of another weight they cost no product of their
    // own.
    var fromX = x.affine(joined(weightIh.value(), encoderX), null);
    var fromH = s.h().affine(joined(weightHh.value(), encoderH), null);
    var fromM = s.m().affine(joined(matrixA.to(dtype), encoderM), null);
    var sum = fromX.add(fromH);
    var u = sum.narrow(1, hiddenSize, 1).add(fromM.narrow(1, order, 1));
    var m = fromM.narrow(1, 0, order).add(u.mul(matrixB.to(dtype).reshape(-1)));
    var h = sum.narrow(1, 0, hiddenSize).add(times(m, weightMh)).tanh();
    return new Step<>(h, new State(h, m));
  }

  private static Tensor joined(Tensor weight, Parameter encoder) {
    return Tensor.cat(List.of(weight, encoder.value()), 0);
  }
}
