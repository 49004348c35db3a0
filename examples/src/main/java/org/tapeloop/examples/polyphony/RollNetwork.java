package org.tapeloop.examples.polyphony;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.StreamingSession;

/**
 * How likely each key is to sound in the next frame: a stack of recurrent layers over frames, and
 * an affine map to the logits of 88 Bernoulli distributions. These are independent, or each depends
 * on the lower keys of the same frame.
 *
 * @param <S> the state of one layer
 */
final class RollNetwork<S> extends Layer {
  /**
   * What a sounding key gives to the first layer. A frame has few of them; with 1 the first layer
   * would hardly stir at the start.
   */
  private static final double SOUNDING = 3;

  private final CellStack<S> recurrent;
  private final Linear output;
  private final @Nullable LowerKeys lowerKeys;

  private RollNetwork(
      CellKind<S> kind, CellStack.Sizes sizes, boolean joint, Generator initial, Generator masks) {
    recurrent = child("recurrent", CellStack.create(kind, sizes, Frame.KEYS, initial, masks));
    output = child("output", new Linear(recurrent.outputSize(), Frame.KEYS, initial));
    lowerKeys = joint ? child("lower_keys", new LowerKeys()) : null;
  }

  /**
   * A model with fresh parameters.
   *
   * @param joint whether a key depends on the lower keys of its frame
   * @param initial draws the parameters
   * @param masks draws what dropout drops
   */
  static RollNetwork<?> create(
      CellStack.Sizes sizes, boolean joint, Generator initial, Generator masks) {
    return of(sizes.cell(), sizes, joint, initial, masks);
  }

  private static <S> RollNetwork<S> of(
      CellKind<S> kind, CellStack.Sizes sizes, boolean joint, Generator initial, Generator masks) {
    return new RollNetwork<>(kind, sizes, joint, initial, masks);
  }

  /** Makes each key as likely at the start as it is in the data, whatever came before. */
  void expect(Tensor logits) {
    Objects.requireNonNull(output.bias()).set(logits);
  }

  /**
   * The logits of each frame, given those before it and, if keys depend on lower ones, these.
   *
   * @return [T, B, 88]
   */
  Tensor forward(RollBatch batch) {
    Tensor inputs = batch.inputs().mul(SOUNDING);
    Tensor logits = output.forward(recurrent.forward(inputs, batch.lengths(), null).output());
    return lowerKeys == null ? logits : logits.add(lowerKeys.forward(batch.targets()));
  }

  /** The network on one frame after the other; in evaluation mode only. */
  Listener listener() {
    return new Listener(
        StreamingSession.of(recurrent, output::forward, Frame.KEYS, 1),
        new float[Frame.KEYS],
        lowerKeys == null ? new float[Frame.KEYS * Frame.KEYS] : lowerKeys.table());
  }

  /**
   * Hears one frame after the other.
   *
   * @param session on inputs of the first layer
   * @param logits after the frame that was heard last, before any key of the next is known [88]
   * @param lowerKeys what key j of a frame adds to the logit of its key k, at 88 k + j
   */
  @SuppressWarnings("ArrayRecordComponent") // it is written again and again
  record Listener(StreamingSession<?> session, float[] logits, float[] lowerKeys) {

    void hear(Frame frame) {
      float[] input = new float[Frame.KEYS];
      frame.pitches().forEach(pitch -> input[pitch - Frame.LOWEST] = (float) SOUNDING);
      session.step(input, logits);
    }

    /** The logit of a key of the next frame, of which the lower keys are known. */
    double logit(int key, Frame lower) {
      double sum = logits[key];
      for (int other = 0; other < key; other++) {
        if (lower.has(other + Frame.LOWEST)) {
          sum += lowerKeys[key * Frame.KEYS + other];
        }
      }
      return sum;
    }
  }
}
