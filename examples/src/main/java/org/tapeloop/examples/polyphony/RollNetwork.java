package org.tapeloop.examples.polyphony;

import java.util.Objects;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.StreamingSession;

/**
 * How likely each key is to sound in the next frame: a stack of recurrent layers over frames, and
 * an affine map to the logits of 88 independent Bernoulli distributions.
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

  private RollNetwork(CellKind<S> kind, CellStack.Sizes sizes, Generator initial, Generator masks) {
    recurrent = child("recurrent", CellStack.create(kind, sizes, Frame.KEYS, initial, masks));
    output = child("output", new Linear(recurrent.outputSize(), Frame.KEYS, initial));
  }

  /**
   * A model with fresh parameters.
   *
   * @param initial draws the parameters
   * @param masks draws what dropout drops
   */
  static RollNetwork<?> create(CellStack.Sizes sizes, Generator initial, Generator masks) {
    return of(sizes.cell(), sizes, initial, masks);
  }

  private static <S> RollNetwork<S> of(
      CellKind<S> kind, CellStack.Sizes sizes, Generator initial, Generator masks) {
    return new RollNetwork<>(kind, sizes, initial, masks);
  }

  /** Makes each key as likely at the start as it is in the data, whatever came before. */
  void expect(Tensor logits) {
    Objects.requireNonNull(output.bias()).set(logits);
  }

  /**
   * Logits after each frame.
   *
   * @param frames 1 where a key sounds, else 0 [T, B, 88]
   * @param lengths of the pieces
   * @return [T, B, 88]
   */
  Tensor forward(Tensor frames, Lengths lengths) {
    Tensor hidden = recurrent.forward(frames.mul(SOUNDING), lengths, null).output();
    return output.forward(hidden);
  }

  /** The network on one frame after the other; in evaluation mode only. */
  Listener listener() {
    return new Listener(
        StreamingSession.of(recurrent, output::forward, Frame.KEYS, 1), new float[Frame.KEYS]);
  }

  /**
   * Hears one frame after the other.
   *
   * @param session on inputs of the first layer
   * @param logits after the frame that was heard last [88]
   */
  @SuppressWarnings("ArrayRecordComponent") // it is written again and again
  record Listener(StreamingSession<?> session, float[] logits) {

    void hear(Frame frame) {
      float[] input = new float[Frame.KEYS];
      frame.pitches().forEach(pitch -> input[pitch - Frame.LOWEST] = (float) SOUNDING);
      session.step(input, logits);
    }
  }
}
