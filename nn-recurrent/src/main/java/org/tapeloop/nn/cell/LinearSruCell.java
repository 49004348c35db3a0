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
 * Simple recurrent unit as first published: its gates see the input only, so that its recurrence is
 * linear. {@link SruCell} is the later form, whose gates see the state.
 *
 * <pre>
 * f = sigmoid(W_f x + b_f)
 * r = sigmoid(W_r x + b_r)
 * c' = f * c + (1 - f) * W_n x
 * y = r * tanh(c') + (1 - r) * S
 * </pre>
 *
 * <p>S is x where I = H, and else {@code W_s x}. Shapes: x [B, I], c and y [B, H]; parameters
 * {@code weight_ih} [3H, I], or [4H, I] with W_s, in blocks n, f, r, s; {@code bias} [2H] in the
 * order f, r.
 *
 * <p>Source: Lei et al. 2017, arXiv 1709.02755v1, with tanh as the output's activation.
 */
public final class LinearSruCell extends SizedCell<Tensor> implements ParallelCell<Tensor> {
  private final int blocks = inputSize == hiddenSize ? 3 : 4;
  private final Parameter weightIh = weightIh(blocks);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public LinearSruCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor c) {
    var u = times(x, weightIh).chunk(blocks);
    var b = bias.value().chunk(2);
    var next = mix(u.get(1).add(b.get(0)).sigmoid(), c, u.get(0));
    return new Step<>(output(x, u, b.get(1), next), next);
  }

  @Override
  public SequenceOutput<Tensor> steps(Tensor x, Tensor initial, @Nullable Tensor running) {
    var u = times(x, weightIh).chunk(blocks);
    var b = bias.value().chunk(2);
    var f = u.get(1).add(b.get(0)).sigmoid();
    var c = LinearSteps.real(f, f.rsub(1).mul(u.get(0)), initial, running);
    return new SequenceOutput<>(output(x, u, b.get(1), c), LinearSteps.last(c));
  }

  private Tensor output(Tensor x, List<Tensor> u, Tensor bias, Tensor c) {
    var r = u.get(2).add(bias).sigmoid();
    return mix(r, c.tanh(), blocks == 3 ? x : u.get(3));
  }
}
