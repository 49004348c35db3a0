package org.tapeloop.nn.decoding;

import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.StreamingSession;

/**
 * A model that scores the next token of sequences that it reads token by token.
 *
 * @param <S> what it carries from token to token: a tensor, or a record or list of tensors, all
 *     with the batch as their first axis; see {@link org.tapeloop.autograd.TensorTree}
 */
@FunctionalInterface
public interface TokenModel<S> {

  /**
   * Reads one more token of each sequence.
   *
   * @param tokens [B]
   * @param state of these B sequences
   */
  Scored<S> next(IntTensor tokens, S state);

  /**
   * A session on symbols as a model of as many sequences as its batch: one compiled step a token. A
   * beam has a batch that changes, so it wants another model.
   *
   * <pre>{@code
   * IntTensor tune =
   *     sampler.sequence(
   *         TokenModel.of(session), session.state(), start, end, 200, Constraint.NONE, random);
   * }</pre>
   *
   * @param session whose output is scores; its state is replaced by the one that is given
   */
  static <S> TokenModel<S> of(StreamingSession<S> session) {
    return (tokens, state) -> {
      session.setState(state);
      Tensor scores = session.step(tokens);
      return new Scored<>(scores, session.state());
    };
  }

  /**
   * What follows.
   *
   * @param scores [B, V]: log-probabilities of the next token where they are added up, as in beam
   *     search; for sampling a constant may be missing
   * @param state after the token
   */
  record Scored<S>(Tensor scores, S state) {

    /** The scores of one sequence, which must be one of B. */
    double[] row(int sequence, int batch) {
      if (scores.rank() != 2 || scores.extent(0) != batch || scores.extent(1) == 0) {
        throw new IllegalArgumentException(
            "decoding: %d tokens want scores [%d, vocabulary], not %s"
                .formatted(batch, batch, scores.shape()));
      }
      return scores.select(0, sequence).toDoubleArray();
    }
  }
}
