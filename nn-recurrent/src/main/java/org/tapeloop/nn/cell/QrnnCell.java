package org.tapeloop.nn.cell;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;

/**
 * Quasi-recurrent network: gates by a convolution over the last two inputs, and a recurrence by
 * element.
 *
 * <pre>
 * z, f, o = blocks of  W x + V p + b,  p the input before x
 * c' = sigmoid(f) * c + (1 - sigmoid(f)) * tanh(z)
 * y = sigmoid(o) * c'
 * </pre>
 *
 * <p>Shapes: x and p [B, I], c and y [B, H]; parameters {@code weight_ih} and {@code weight_ph}
 * [3H, I], {@code bias} [3H]. The first p is 0.
 *
 * <p>Source: Bradbury et al. 2016, arXiv 1611.01576: fo-pooling with a filter of width 2. Its
 * zoneout is a wrapper of its own.
 */
public final class QrnnCell extends SizedCell<QrnnCell.State>
    implements ParallelCell<QrnnCell.State> {
  /** Memory [B, H] and the last input [B, I]. */
  public record State(Tensor c, Tensor previous) {}

  private final Parameter weightIh = weightIh(3);
  private final Parameter weightPh = weight("weight_ph", 3 * hiddenSize, inputSize);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public QrnnCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public QrnnCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch, inputSize));
  }

  @Override
  public Step<QrnnCell.State> step(Tensor x, QrnnCell.State s) {
    var z = affine(x, weightIh, bias).add(times(s.previous(), weightPh)).chunk(3);
    var c = mix(z.get(1).sigmoid(), s.c(), z.get(0).tanh());
    return new Step<>(z.get(2).sigmoid().mul(c), new State(c, x));
  }

  @Override
  public SequenceOutput<State> steps(Tensor x, State initial, @Nullable Tensor running) {
    var previous = initial.previous().unsqueeze(0);
    var shifted = Tensor.cat(List.of(previous, x.narrow(0, 0, x.extent(0) - 1)), 0);
    var z = affine(x, weightIh, bias).add(times(shifted, weightPh)).chunk(3);
    var f = z.get(1).sigmoid();
    var c = LinearSteps.real(f, f.rsub(1).mul(z.get(0).tanh()), initial.c(), running);
    // The last input of each sequence: what a recurrence that forgets all at each step holds.
    var held =
        running == null ? x : LinearSteps.real(x.zerosLike(), x, previous.select(0, 0), running);
    var last = new State(LinearSteps.last(c), LinearSteps.last(held));
    return new SequenceOutput<>(z.get(2).sigmoid().mul(c), last);
  }
}
