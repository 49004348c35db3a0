package org.tapeloop.nn.attention;

import org.tapeloop.autograd.Tensor;

/** How well queries fit certain keys, once what depends on the keys alone has been computed. */
public interface Scores {

  /**
   * For several queries.
   *
   * @param query [B, Tq, Dq]
   * @return [B, Tq, Tk]
   */
  Tensor of(Tensor query);

  /**
   * For one query, of operations that a compiled step may have. Keys of a batch of one serve any
   * number of queries.
   *
   * @param query [B, Dq]
   * @return [B, Tk]
   */
  Tensor ofStep(Tensor query);

  /**
   * Products of query and key.
   *
   * @param keys [B, Tk, Dq]
   */
  record ByProduct(Tensor keys) implements Scores {
    @Override
    public Tensor of(Tensor query) {
      return query.matmul(keys.t());
    }

    @Override
    public Tensor ofStep(Tensor query) {
      return query.unsqueeze(1).mul(keys).sum(2);
    }
  }

  /**
   * A layer of A units over both: {@code w . tanh(W_q q + k)}.
   *
   * @param keys what the layer makes of the keys [B, Tk, A]
   * @param weightQuery W_q [A, Dq]
   * @param weightScore w [A]
   */
  record ByNetwork(Tensor keys, Tensor weightQuery, Tensor weightScore) implements Scores {
    @Override
    public Tensor of(Tensor query) {
      Tensor joint = query.affine(weightQuery, null).unsqueeze(2).add(keys.unsqueeze(1));
      return joint.tanh().matmul(weightScore);
    }

    @Override
    public Tensor ofStep(Tensor query) {
      return ofStep(query, keys);
    }

    /** With other keys, which may depend on the step. */
    Tensor ofStep(Tensor query, Tensor now) {
      Tensor joint = query.affine(weightQuery, null).unsqueeze(1).add(now);
      return joint.tanh().mul(weightScore).sum(2);
    }
  }
}
