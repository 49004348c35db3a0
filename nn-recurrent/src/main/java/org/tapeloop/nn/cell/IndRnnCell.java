package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ElmanCell.Activation;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Independently recurrent network: each unit sees of the old state only itself.
 *
 * <pre>
 * h' = phi(W x + u * h + b)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [H, I], {@code weight_u} [H], {@code
 * bias} [H].
 *
 * <p>Source: Li et al. 2018, arXiv 1803.04831; u is drawn from (-1/sqrt(H), 1/sqrt(H)), not up to
 * the bound that the paper derives from the length of the sequences.
 */
public final class IndRnnCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightU = weight("weight_u", hiddenSize);
  private final Parameter bias = bias(1);
  private final Activation activation;

  /** A relu cell, as in the paper. */
  public IndRnnCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, Activation.RELU, generator);
  }

  /** A cell with another phi. */
  public IndRnnCell(int inputSize, int hiddenSize, Activation activation, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.activation = activation;
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var z = affine(x, weightIh, bias).add(h.mul(weightU.value()));
    var next = activation.apply(z);
    return new Step<>(next, next);
  }
}
