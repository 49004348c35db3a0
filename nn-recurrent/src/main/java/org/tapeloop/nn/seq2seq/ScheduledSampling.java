package org.tapeloop.nn.seq2seq;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.decoding.Sampler;
import org.tapeloop.nn.decoding.TokenModel;
import org.tapeloop.nn.optim.Schedule;

/**
 * Trains a decoder on its own mistakes: each of its inputs is, by a coin of its own, the true token
 * or one that the model would have written there.
 *
 * <p>No gradient flows through what the model writes, so a step is done in two parts: {@link
 * #inputs} writes token by token, step after step and without a tape, and the chosen inputs then go
 * through the compiled scan as with teacher forcing. Both parts see the same parameters; masks of
 * dropout are drawn anew for the second.
 *
 * <p>Source: Bengio, Vinyals, Jaitly and Shazeer 2015, arXiv 1506.03099.
 *
 * @param trueShare the probability of the true token by training step; {@link #linear}, {@link
 *     #exponential} and {@link #inverseSigmoid} are the paper's
 * @param sampler how the model writes; at temperature 0 its likeliest token. A repetition penalty
 *     falls on what the decoder has read so far, true tokens too, but for the start token
 */
public record ScheduledSampling(Schedule trueShare, Sampler sampler) {

  /** Writing by the model's own distribution. */
  public ScheduledSampling(Schedule trueShare) {
    this(trueShare, Sampler.PLAIN);
  }

  /** {@code max(least, first - slope i)}. */
  public static Schedule linear(double first, double slope, double least) {
    if (!(least >= 0 && least <= first && first <= 1 && slope >= 0)) {
      throw new IllegalArgumentException(
          "scheduled sampling: 0 <= least <= first <= 1 and a slope of 0 or more are needed, not %s, %s, %s"
              .formatted(least, first, slope));
    }
    return step -> Math.max(least, first - slope * step);
  }

  /** {@code k^i}, k below 1. */
  public static Schedule exponential(double k) {
    if (!(k > 0 && k < 1)) {
      throw new IllegalArgumentException(
          "scheduled sampling: k must be in (0, 1) for exponential decay, not " + k);
    }
    return step -> Math.pow(k, (double) step);
  }

  /** {@code k / (k + e^(i / k))}, k at least 1. */
  public static Schedule inverseSigmoid(double k) {
    if (!(k >= 1)) {
      throw new IllegalArgumentException(
          "scheduled sampling: k must be at least 1 for inverse sigmoid decay, not " + k);
    }
    return step -> k / (k + Math.exp(step / k));
  }

  /**
   * The loss of a training step.
   *
   * @param sequences tokens [T, B], the start token first, the end token last
   * @param lengths of the sequences, both tokens counted, or null if all have T
   * @param step of training, from 0
   * @param stream of this step alone: the same stream makes the same choices
   */
  public <S> Tensor loss(
      EncoderDecoder<?, S> model,
      Encoded<S> encoded,
      IntTensor sequences,
      @Nullable Lengths lengths,
      CrossEntropy options,
      long step,
      RandomStream stream) {
    IntTensor inputs = inputs(model, encoded, sequences, step, stream);
    return model.loss(encoded, inputs, sequences, lengths, options);
  }

  /**
   * What the decoder reads: the first token is always the true one.
   *
   * @param sequences tokens [T, B]
   * @return tokens [T - 1, B]; in padding anything
   */
  public <S> IntTensor inputs(
      EncoderDecoder<?, S> model,
      Encoded<S> encoded,
      IntTensor sequences,
      long step,
      RandomStream stream) {
    IntTensor given = EncoderDecoder.inputsOf(sequences);
    double share = trueShare.rate(step);
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "scheduled sampling: the share of true tokens at step %d is %s".formatted(step, share));
    }
    return share == 1
        ? given
        : Autograd.noGrad(() -> mixed(model.writer(encoded), given, share, stream));
  }

  private <S> IntTensor mixed(
      EncoderDecoder<?, S>.Writer writer, IntTensor given, double share, RandomStream stream) {
    int batch = given.extent(1);
    int[] inputs = given.toArray();
    AttentionCell.State<S> state = writer.start();
    for (int t = 0; t + 1 < given.extent(0); t++) {
      IntTensor row = IntTensor.of(inputs).narrow(0, t * batch, batch);
      TokenModel.Scored<AttentionCell.State<S>> scored = writer.next(row, state);
      state = scored.state();
      for (int b = 0; b < batch; b++) {
        int next = (t + 1) * batch + b;
        // Two numbers for each token, whether it needs them or not: choices don't shift each other.
        if (stream.uniform(2L * next) >= share) {
          inputs[next] =
              sampler
                  .distribution(scored.scores().select(0, b), read(inputs, batch, t, b))
                  .draw(stream.uniform(2L * next + 1));
        }
      }
    }
    return IntTensor.of(given.shape(), inputs);
  }

  /** The tokens of one sequence from step 1 to t. */
  private static int[] read(int[] inputs, int batch, int t, int sequence) {
    int[] tokens = new int[t];
    for (int i = 0; i < t; i++) {
      tokens[i] = inputs[(i + 1) * batch + sequence];
    }
    return tokens;
  }
}
