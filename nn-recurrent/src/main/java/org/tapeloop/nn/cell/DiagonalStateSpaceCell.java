package org.tapeloop.nn.cell;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;

/**
 * Diagonal state space model: a complex diagonal system in continuous time, held at zero order over
 * steps whose size is learned.
 *
 * <pre>
 * lambda = -exp(decay_log) + i frequency,  d = exp(step_log)
 * h' = exp(d lambda) * h + ((exp(d lambda) - 1) / lambda) * (B x)
 * y = 2 Re(C h') + w * x
 * </pre>
 *
 * <p>Shapes: x and y [B, I]; h is complex, as real and imaginary parts [B, H]; parameters {@code
 * step_log}, {@code decay_log}, {@code frequency} [H], {@code weight_b} [2, H, I] and {@code
 * weight_c} [2, I, H], each real part first, {@code weight_d} [I] (w).
 *
 * <p>Source: Smith, Warrington and Linderman 2023, arXiv 2208.04933 (S5), with one step size a unit
 * and the initial values of Gu et al. 2022, arXiv 2206.11893 (S4D-Lin): lambda_n = -1/2 + i pi n,
 * steps from 0.001 to 0.1, evenly in their logarithm. Without its activation and gate.
 */
public final class DiagonalStateSpaceCell extends SizedCell<Complex>
    implements ParallelCell<Complex> {
  private static final double SHORTEST = 1e-3;
  private static final double LONGEST = 0.1;

  private final Parameter stepLog =
      drawn(
          "step_log",
          (shape, generator) ->
              Tensor.uniform(
                  generator.next(), DType.F32, shape, Math.log(SHORTEST), Math.log(LONGEST)),
          hiddenSize);
  private final Parameter decayLog = filled("decay_log", Math.log(0.5), hiddenSize);
  private final Parameter frequency =
      parameter("frequency", Tensor.arange(hiddenSize).add(1).mul(Math.PI));
  private final Parameter weightB = weight("weight_b", 2, hiddenSize, inputSize);
  private final Parameter weightC = weight("weight_c", 2, inputSize, hiddenSize);
  private final Parameter weightD = weight("weight_d", inputSize);

  /** A cell with random weights. */
  public DiagonalStateSpaceCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Complex initialState(int batch) {
    return new Complex(zeros(batch), zeros(batch));
  }

  @Override
  public Step<Complex> step(Tensor x, Complex s) {
    var dynamics = dynamics();
    var lambda = dynamics.lambda();
    var next = s.times(lambda.re(), lambda.im()).plus(input(x, dynamics.gain()));
    return new Step<>(output(x, next), next);
  }

  @Override
  public SequenceOutput<Complex> steps(Tensor x, Complex initial, @Nullable Tensor running) {
    var dynamics = dynamics();
    var weight = LinearSteps.gained(weightB.value(), dynamics.gain());
    var h = LinearSteps.complex(dynamics.lambda(), x, weight, initial, running);
    var y = LinearSteps.realProduct(h, weightC.value()).mul(2).add(weightD.value().mul(x));
    return new SequenceOutput<>(y, LinearSteps.lastComplex(h));
  }

  private Complex input(Tensor x, Complex gain) {
    return Complex.product(x, weightB.value()).times(gain.re(), gain.im());
  }

  private Tensor output(Tensor x, Complex h) {
    return h.realProduct(weightC.value()).mul(2).add(weightD.value().mul(x));
  }

  /** The recurrence in discrete time: factors [H] of the state and of the input. */
  private record Dynamics(Complex lambda, Complex gain) {}

  private Dynamics dynamics() {
    var d = stepLog.value().exp();
    var re = decayLog.value().exp().neg();
    var im = frequency.value();
    var size = re.mul(d).exp();
    var angle = im.mul(d);
    var lambda = new Complex(size.mul(angle.cos()), size.mul(angle.sin()));
    var norm = re.square().add(im.square());
    var less = new Complex(lambda.re().sub(1), lambda.im());
    return new Dynamics(lambda, less.times(re.div(norm), im.neg().div(norm)));
  }
}
