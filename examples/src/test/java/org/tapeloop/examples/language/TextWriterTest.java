package org.tapeloop.examples.language;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.nn.decoding.Sampler;

final class TextWriterTest {
  private static final int LENGTH = 40;
  private static final Sampler SAMPLER = Sampler.PLAIN.topP(0.9);

  /** The letters. */
  private static final class Letters implements Symbols {
    @Override
    public int size() {
      return 26;
    }

    @Override
    public int[] encode(String text) {
      return text.chars().map(c -> c - 'a').toArray();
    }

    @Override
    public String text(int symbol, int before) {
      return Character.toString('a' + symbol);
    }

    @Override
    public Map<String, String> notes() {
      return Map.of();
    }

    @Override
    public String beginning() {
      return "a";
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru", "min-gru", "lru", "matrix-lstm"})
  void writesWhatTheNetworkOverTheWholeTextWouldWrite(String cell) {
    CellStack.Sizes sizes =
        new CellStack.Sizes(CellKind.named(cell), 2, 24, CellStack.Dropping.ofOutputs(0.5));
    TokenNetwork<?> network =
        TokenNetwork.create(sizes, 12, 26, new Generator(1), new Generator(2));
    List<String> written = new ArrayList<>();
    new TextWriter(network, new Letters())
        .write("loop", LENGTH, SAMPLER, new RandomStream(7, 0), written::add);
    assertEquals(drawnFromWholeTexts(network), String.join("", written));
  }

  /** The same draws, each from the scores after a text that is read from its beginning. */
  private static String drawnFromWholeTexts(TokenNetwork<?> network) {
    network.eval();
    RandomStream random = new RandomStream(7, 0);
    StringBuilder text = new StringBuilder("loop");
    for (int i = 0; i < LENGTH; i++) {
      int[] ids = new Letters().encode(text.toString());
      IntTensor whole = IntTensor.of(Shape.of(ids.length, 1), ids);
      Tensor scores =
          Autograd.noGrad(() -> network.forward(whole, null).output().select(0, -1).reshape(-1));
      int drawn = SAMPLER.distribution(scores).draw(random.uniform(i));
      text.append(new Letters().text(drawn, -1));
    }
    return text.substring("loop".length());
  }
}
