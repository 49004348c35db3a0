package org.tapeloop.examples.seq2seq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.nn.Bidirectional;
import org.tapeloop.nn.Directions;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.Stacked;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.data.Padded;
import org.tapeloop.nn.decoding.BeamSearch;
import org.tapeloop.nn.seq2seq.AttentionCell;
import org.tapeloop.nn.seq2seq.AttentionCell.Feeding;
import org.tapeloop.nn.seq2seq.Encoded;
import org.tapeloop.nn.seq2seq.EncoderDecoder;
import org.tapeloop.nn.seq2seq.StateBridge;

/**
 * An encoder that reads in both directions, and a decoder of one layer that attends to what was
 * read (Bahdanau, Cho and Bengio 2015, arXiv 1409.0473).
 *
 * @param <S> the state of a cell
 */
final class Network<S> extends Layer {
  private static final int BEAM = 4;

  private final Embedding source;
  private final EncoderDecoder<List<Directions<S>>, S> model;

  /**
   * How large it is.
   *
   * @param cells of the encoder; the decoder has one layer of the same kind and size
   * @param embeddingSize features of a token
   * @param sourceTokens how many there are
   * @param targetTokens how many there are
   */
  record Sizes(CellStack.Sizes cells, int embeddingSize, int sourceTokens, int targetTokens) {}

  /**
   * What was written, and from where it came.
   *
   * @param tokens without the edges
   * @param weights of the places of the source, edges included, for each token and the edge behind
   *     it [T, N]
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record Written(int[] tokens, Tensor weights) {}

  /** A network with fresh parameters. */
  static Network<?> create(Sizes sizes, Generator initial, Generator masks) {
    return of(sizes.cells().cell(), sizes, initial, masks);
  }

  private static <S> Network<S> of(
      CellKind<S> kind, Sizes sizes, Generator initial, Generator masks) {
    return new Network<>(kind, sizes, initial, masks);
  }

  private Network(CellKind<S> kind, Sizes sizes, Generator initial, Generator masks) {
    int features = sizes.embeddingSize();
    int hidden = sizes.cells().hiddenSize();
    source = child("source", new Embedding(sizes.sourceTokens(), features, initial));
    List<Bidirectional<S>> layers = new ArrayList<>();
    int inputs = features;
    for (int k = 0; k < sizes.cells().layers(); k++) {
      RecurrentCell<S> forward = kind.make(inputs, hidden, initial);
      layers.add(new Bidirectional<>(forward, kind.make(inputs, hidden, initial)));
      inputs = 2 * CellKind.outputSize(forward, inputs);
    }
    Stacked<Directions<S>> encoder = Stacked.of(layers, sizes.cells().dropping().outputs(), masks);
    // With input feeding: the decoder's cell reads a token and what it attended to before.
    int outputs = CellKind.outputSize(kind.make(features, hidden, new Generator(0)), features);
    RecurrentCell<S> inner = kind.make(features + outputs, hidden, initial);
    model =
        child(
            "model",
            new EncoderDecoder<>(
                encoder,
                new StateBridge<>(encoder.initialState(1), inner.initialState(1), initial),
                new Embedding(sizes.targetTokens(), features, initial),
                attending(kind, inner, outputs, inputs, hidden, initial),
                new Linear(outputs, sizes.targetTokens(), initial)));
  }

  private static <S> AttentionCell<S> attending(
      CellKind<S> kind,
      RecurrentCell<S> inner,
      int outputs,
      int memory,
      int hidden,
      Generator initial) {
    if (!(inner instanceof Layer)) {
      throw new Failure("the cell %s has no parameters to be trained".formatted(kind));
    }
    return new AttentionCell<>(
        (Layer & RecurrentCell<S>) inner,
        outputs,
        new AdditiveAttention(outputs, memory, hidden, initial),
        memory,
        Feeding.INPUT,
        initial);
  }

  private Encoded<S> read(IntTensor tokens, Lengths lengths) {
    return model.encode(source.forward(tokens), lengths);
  }

  /** The mean loss of target tokens and their ends, all given but the one that is predicted. */
  Tensor loss(Padded<IntTensor> sources, Padded<IntTensor> targets) {
    return model.loss(
        read(sources.values(), sources.lengths()),
        targets.values(),
        targets.lengths(),
        CrossEntropy.MEAN);
  }

  /**
   * Writes by beam search; in evaluation mode, without a tape.
   *
   * @param tokens between edges
   * @param longest tokens that may be written, the edge behind them included
   */
  Written write(int[] tokens, int longest) {
    Encoded<S> encoded =
        read(IntTensor.of(Shape.of(tokens.length, 1), tokens), Lengths.of(tokens.length)).one(0);
    var writer = model.writer(encoded);
    int[] found =
        new BeamSearch(BEAM, longest, Units.END, Units.END)
            .run(writer, writer.start())
            .getFirst()
            .tokens()
            .toArray();
    int length =
        found.length > 0 && found[found.length - 1] == Units.END ? found.length - 1 : found.length;
    int[] written = Arrays.copyOf(found, length);
    int[] inputs = new int[length + 1];
    inputs[0] = Units.END;
    System.arraycopy(written, 0, inputs, 1, length);
    Tensor weights = model.attention(encoded, IntTensor.of(Shape.of(length + 1, 1), inputs));
    return new Written(written, weights.select(1, 0));
  }
}
