package org.tapeloop.examples.tasks;

import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * A cell whose recurrent matrix is orthogonal: {@code h' = modrelu(W x + Q h, b)}, {@code Q = exp(A
 * - A^T)}, {@code modrelu(z, b) = sign(z) relu(|z| + b)}.
 *
 * <p>Q is computed once a sequence, by scaling and squaring. At the start it turns pairs of units
 * by random angles. Source: Lezcano-Casado and Martinez-Rubio 2019, arXiv 1901.08428.
 */
final class OrthogonalCell extends Layer implements RecurrentCell<Tensor> {
  private static final int TERMS = 8;
  private static final int SQUARINGS = 5;

  private final int hiddenSize;
  private final Parameter weightIh;
  private final Parameter generator;
  private final Parameter bias;

  OrthogonalCell(int inputSize, int hiddenSize, Generator random) {
    this.hiddenSize = hiddenSize;
    Shape fromInput = Shape.of(hiddenSize, inputSize);
    weightIh = parameter("weight_ih", Initializer.kaimingUniform().create(fromInput, random));
    generator = parameter("generator", rotations(random.next()));
    bias = parameter("bias", Tensor.zeros(DType.F32, Shape.of(hiddenSize)));
  }

  private Tensor rotations(RandomStream random) {
    float[] angles = new float[hiddenSize * hiddenSize];
    for (int k = 0; k + 1 < hiddenSize; k += 2) {
      angles[k * hiddenSize + k + 1] = (float) (Math.PI * (2 * random.uniform(k) - 1));
    }
    return Tensor.of(Shape.of(hiddenSize, hiddenSize), angles);
  }

  /** exp(A - A^T) by Taylor's series of a small part of it, squared again and again. */
  Tensor orthogonal() {
    Tensor a = generator.value();
    Tensor part = a.sub(a.t()).mul(1.0 / (1 << SQUARINGS));
    Tensor exponential = Tensor.eye(a.dtype(), hiddenSize);
    Tensor term = exponential;
    for (int k = 1; k <= TERMS; k++) {
      term = term.matmul(part).mul(1.0 / k);
      exponential = exponential.add(term);
    }
    for (int k = 0; k < SQUARINGS; k++) {
      exponential = exponential.matmul(exponential);
    }
    return exponential;
  }

  @Override
  public Tensor initialState(int batch) {
    return Tensor.zeros(bias.value().dtype(), Shape.of(batch, hiddenSize));
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    return SequenceRun.ofOneStep(this, x, h);
  }

  @Override
  public RecurrentCell<Tensor> forSequence(SequenceRun run) {
    Tensor q = orthogonal();
    return SequenceRun.prepared(
        this,
        (x, h) -> {
          Tensor z = x.affine(weightIh.value(), null).add(h.affine(q, null));
          Tensor next = z.sign().mul(z.abs().add(bias.value()).relu());
          return new Step<>(next, next);
        });
  }
}
