package org.tapeloop.examples.charlm;

import java.util.List;
import java.util.function.Consumer;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.TokenNetwork;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.text.Vocabulary;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.decoding.Sampler;

/**
 * Lets a model write text, one character after the other.
 *
 * @param <S> the state of one of its layers
 */
public final class TextWriter<S> {
  private final TokenNetwork<S> model;
  private final Vocabulary vocabulary;

  /** A writer with a model over a vocabulary. */
  public TextWriter(TokenNetwork<S> model, Vocabulary vocabulary) {
    this.model = model;
    this.vocabulary = vocabulary;
  }

  /**
   * Goes on from a prompt.
   *
   * @param prompt the model reads it first; it must not be empty
   * @param length how many characters to write after it
   * @param random character i is drawn with its element i
   * @param out takes each character as soon as it is drawn; not the prompt
   * @throws Failure if the prompt has a character that the model does not know
   */
  public void write(
      String prompt, int length, Sampler sampler, RandomStream random, Consumer<String> out) {
    int[] read = vocabulary.encode(prompt);
    boolean wasTraining = model.isTraining();
    model.eval();
    try {
      Autograd.noGrad(() -> write(read, length, sampler, random, out));
    } finally {
      if (wasTraining) {
        model.train();
      }
    }
  }

  private void write(
      int[] read, int length, Sampler sampler, RandomStream random, Consumer<String> out) {
    IntTensor prompt = IntTensor.of(Shape.of(read.length, 1), read);
    SequenceOutput<List<S>> result = model.forward(prompt, model.initialState(1));
    for (int i = 0; i < length; i++) {
      Tensor scores = result.output().select(0, -1).reshape(-1);
      int next = sampler.distribution(scores).draw(random.uniform(i));
      out.accept(vocabulary.decode(next));
      if (i < length - 1) {
        result = model.forward(IntTensor.of(Shape.of(1, 1), next), result.state());
      }
    }
  }
}
