package org.tapeloop.examples.polyphony;

import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;

/**
 * How the keys of a frame bear on each other: what each that sounds adds to the logits of those
 * above it. By the chain rule the sum over keys of their log-likelihoods, each given the keys below
 * it, is that of the whole frame.
 *
 * <pre>logit of key k = what the frames before say + sum over sounding keys j &lt; k of w[k, j]
 * </pre>
 *
 * <p>Source: the fully visible sigmoid belief network (Neal 1992, Frey 1998).
 */
final class LowerKeys extends Layer {
  private static final Shape PAIRS = Shape.of(Frame.KEYS, Frame.KEYS);

  /** 1 where the column, a key that sounds, is below the row, the key that it bears on. */
  private static final Tensor BELOW = below();

  private final Parameter weight = parameter("weight", Tensor.zeros(DType.F32, PAIRS));

  private static Tensor below() {
    float[] ones = new float[Frame.KEYS * Frame.KEYS];
    for (int key = 0; key < Frame.KEYS; key++) {
      for (int lower = 0; lower < key; lower++) {
        ones[key * Frame.KEYS + lower] = 1;
      }
    }
    return Tensor.of(PAIRS, ones);
  }

  /** The weights that count [88, 88]. */
  private Tensor weights() {
    return weight.value().mul(BELOW);
  }

  /**
   * What the keys of frames add to the logits of the same frames.
   *
   * @param frames 1 where a key sounds, else 0 [T, B, 88]
   * @return [T, B, 88]
   */
  Tensor forward(Tensor frames) {
    return frames.affine(weights(), null);
  }

  /**
   * What each key adds to each, as it is now.
   *
   * @return the number that key j adds to key k at 88 k + j
   */
  float[] table() {
    return weights().toFloatArray();
  }
}
