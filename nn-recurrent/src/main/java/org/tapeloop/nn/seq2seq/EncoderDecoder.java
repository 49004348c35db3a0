package org.tapeloop.nn.seq2seq;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.SequenceLayer;
import org.tapeloop.nn.SequenceLoss;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.attention.DecoderAttention;
import org.tapeloop.nn.decoding.TokenModel;
import org.tapeloop.nn.softmax.TiedOutput;

/**
 * Writes a sequence of tokens after reading a sequence of any kind.
 *
 * <pre>{@code
 * Encoded<LstmState> encoded = model.encode(embedding.forward(source), sourceLengths);
 * Tensor loss = model.loss(encoded, target, targetLengths, CrossEntropy.MEAN);
 * BeamSearch.Hypothesis best = beam.run(model.writer(encoded.one(0)), ...).getFirst();
 * }</pre>
 *
 * <p>With teacher forcing both halves are scans, and compile. Parameters: {@code encoder.*}, {@code
 * bridge.*} where it has any, {@code embedding.weight}, {@code decoder.*} and {@code output.*}.
 *
 * @param <E> the encoder's state
 * @param <S> the state of the decoder's inner cell
 */
public final class EncoderDecoder<E, S> extends Layer {
  private final SequenceLayer<E> encoder;
  private final Bridge<E, S> bridge;
  private final Embedding embedding;
  private final AttentionCell<S> cell;
  private final Recurrent<AttentionCell.State<S>> decoder;
  private final UnaryOperator<Tensor> output;

  /**
   * A model.
   *
   * @param encoder of M outputs, bidirectional say
   * @param embedding of the tokens that are written
   * @param output scores of tokens, of the decoder's outputs
   */
  public EncoderDecoder(
      SequenceLayer<E> encoder,
      Bridge<E, S> bridge,
      Embedding embedding,
      AttentionCell<S> cell,
      Linear output) {
    this(encoder, bridge, embedding, cell, output, output::forward);
  }

  /** A model whose output is tied to an embedding, its own say. */
  public EncoderDecoder(
      SequenceLayer<E> encoder,
      Bridge<E, S> bridge,
      Embedding embedding,
      AttentionCell<S> cell,
      TiedOutput output) {
    this(encoder, bridge, embedding, cell, output, output::forward);
  }

  private EncoderDecoder(
      SequenceLayer<E> encoder,
      Bridge<E, S> bridge,
      Embedding embedding,
      AttentionCell<S> cell,
      Layer outputLayer,
      UnaryOperator<Tensor> output) {
    this.encoder = part("encoder", encoder);
    this.bridge = part("bridge", bridge);
    this.cell = cell;
    this.output = output;
    this.embedding = child("embedding", embedding);
    decoder = child("decoder", Recurrent.forward(cell));
    child("output", outputLayer);
  }

  /**
   * Reads sequences.
   *
   * @param x [N, B, I], embedded words or sounds, whatever the encoder takes
   * @param lengths of the sequences, or null if all have N steps
   */
  public Encoded<S> encode(Tensor x, @Nullable Lengths lengths) {
    SequenceOutput<E> read = encoder.forward(x, lengths, null);
    return new Encoded<>(read.output(), lengths, bridge.from(read.state()));
  }

  /**
   * Scores of what follows each of given tokens: teacher forcing.
   *
   * @param inputs tokens [T, B], each sequence's start token first
   * @param lengths how many of them belong to each sequence, or null if all T
   * @return logits [T, B, V] and the state after each sequence's last token
   */
  public SequenceOutput<AttentionCell.State<S>> forward(
      Encoded<S> encoded, IntTensor inputs, @Nullable Lengths lengths) {
    requireBatch(encoded, inputs);
    return cell.over(
        encoded.memory(),
        encoded.lengths(),
        () -> {
          var start = cell.startingWith(encoded.start(), encoded.batch());
          var out = decoder.forward(embedding.forward(inputs), lengths, start);
          return new SequenceOutput<>(output.apply(out.output()), out.state());
        });
  }

  private static void requireBatch(Encoded<?> encoded, IntTensor inputs) {
    if (inputs.rank() != 2 || inputs.extent(1) != encoded.batch()) {
      throw new IllegalArgumentException(
          "encoder-decoder: %d encoded sequences want tokens [time, %d], not %s"
              .formatted(encoded.batch(), encoded.batch(), inputs.shape()));
    }
  }

  /**
   * The cross entropy, in nats, of sequences whose tokens are all given to the decoder.
   *
   * @param sequences tokens [T, B], the start token first, the end token last
   * @param lengths of the sequences, both tokens counted, or null if all have T
   * @param options such as label smoothing
   */
  public Tensor loss(
      Encoded<S> encoded, IntTensor sequences, @Nullable Lengths lengths, CrossEntropy options) {
    return loss(encoded, inputsOf(sequences), sequences, lengths, options);
  }

  /** The loss of other inputs than the sequences' own tokens, see {@link ScheduledSampling}. */
  Tensor loss(
      Encoded<S> encoded,
      IntTensor inputs,
      IntTensor sequences,
      @Nullable Lengths lengths,
      CrossEntropy options) {
    IntTensor targets = sequences.narrow(0, 1, sequences.extent(0) - 1);
    Lengths steps = stepsOf(lengths);
    return SequenceLoss.crossEntropy(
        forward(encoded, inputs, steps).output(), targets, steps, options);
  }

  /** All tokens but each sequence's last row: those that something follows. */
  static IntTensor inputsOf(IntTensor sequences) {
    if (sequences.rank() != 2 || sequences.extent(0) < 2) {
      throw new IllegalArgumentException(
          "encoder-decoder: sequences must be [time, batch] with a start and an end, not "
              + sequences.shape());
    }
    return sequences.narrow(0, 0, sequences.extent(0) - 1);
  }

  /** One step fewer than tokens. */
  static @Nullable Lengths stepsOf(@Nullable Lengths lengths) {
    if (lengths == null) {
      return null;
    }
    int[] steps = new int[lengths.batch()];
    for (int b = 0; b < steps.length; b++) {
      steps[b] = lengths.get(b) - 1;
      if (steps[b] == 0) {
        throw new IllegalArgumentException(
            "encoder-decoder: sequence %d has one token, not a start and an end".formatted(b));
      }
    }
    return Lengths.of(steps);
  }

  /**
   * Where the decoder looks while it reads given tokens, such as those that it has written.
   *
   * @param inputs tokens [T, B], each sequence's start token first
   * @return weights of the places of the memory [T, B, N], detached; those of a step add up to 1
   */
  public Tensor attention(Encoded<S> encoded, IntTensor inputs) {
    requireBatch(encoded, inputs);
    return Autograd.noGrad(
        () ->
            cell.over(
                encoded.memory(),
                encoded.lengths(),
                () -> {
                  var state = cell.startingWith(encoded.start(), encoded.batch());
                  List<Tensor> weights = new ArrayList<>();
                  for (int t = 0; t < inputs.extent(0); t++) {
                    var look = cell.look(embedding.forward(inputs.select(0, t)), state);
                    weights.add(look.weights());
                    state = look.step().state();
                  }
                  return Tensor.stack(weights, 0);
                }));
  }

  /**
   * The model as one that writes token by token, for samplers and beam search.
   *
   * @param encoded one sequence, {@link Encoded#one}, which any number of rows may be written for;
   *     or a batch, for as many rows
   */
  public Writer writer(Encoded<S> encoded) {
    return new Writer(encoded);
  }

  /** Writes after one encoded sequence, or a batch of them, with the parameters as they are. */
  public final class Writer implements TokenModel<AttentionCell.State<S>> {
    private final DecoderAttention.Reader reader;
    private final AttentionCell.State<S> start;

    private Writer(Encoded<S> encoded) {
      reader = cell.reader(encoded.memory(), encoded.lengths());
      start = cell.over(reader, () -> cell.startingWith(encoded.start(), encoded.batch()));
    }

    /** The state before the first token. */
    public AttentionCell.State<S> start() {
      return start;
    }

    /** Log-probabilities of what follows. */
    @Override
    public Scored<AttentionCell.State<S>> next(IntTensor tokens, AttentionCell.State<S> state) {
      var step = cell.over(reader, () -> cell.step(embedding.forward(tokens), state));
      return new Scored<>(output.apply(step.output()).logSoftmax(1), step.state());
    }
  }
}
