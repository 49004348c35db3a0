package org.tapeloop.examples.language;

import java.util.function.Consumer;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cli.Drawn;
import org.tapeloop.examples.cli.SampleRequest;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.nn.StreamingSession;
import org.tapeloop.nn.decoding.Sampler;

/** Lets a model write text, one symbol after the other. */
public final class TextWriter {
  private final LanguageNetwork<?> model;
  private final Symbols symbols;

  /** A writer with a model over symbols. */
  public TextWriter(LanguageNetwork<?> model, Symbols symbols) {
    this.model = model;
    this.symbols = symbols;
  }

  /**
   * Writes what is asked for, the prompt included.
   *
   * @param unit what the symbols are, in the plural
   * @throws Failure if the prompt has a symbol that the model does not know
   */
  public Drawn answer(SampleRequest request, String unit) {
    String start = request.prompt().orElse(symbols.beginning());
    symbols.encode(start);
    request.prompt().ifPresent(request.out());
    RandomStream random = new RandomStream(request.seed(), 0);
    return Drawn.timing(
        request.length(),
        unit,
        () -> write(start, request.length(), request.sampler(), random, request.out()));
  }

  /**
   * Goes on from a prompt.
   *
   * @param prompt the model reads it first; it must not be empty
   * @param length how many symbols to write after it
   * @param random symbol i is drawn with its element i
   * @param out takes the text of each symbol as soon as it is drawn; not the prompt
   * @throws Failure if the prompt has a symbol that the model does not know
   */
  public void write(
      String prompt, int length, Sampler sampler, RandomStream random, Consumer<String> out) {
    int[] read = symbols.encode(prompt);
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
    StreamingSession<?> session = model.stream(1);
    float[] scores = new float[symbols.size()];
    int[] last = new int[1];
    for (int symbol : read) {
      last[0] = symbol;
      session.step(last, scores);
    }
    for (int i = 0; i < length; i++) {
      int next = sampler.distribution(Tensor.of(scores)).draw(random.uniform(i));
      out.accept(symbols.text(next, last[0]));
      last[0] = next;
      if (i < length - 1) {
        session.step(last, scores);
      }
    }
  }
}
