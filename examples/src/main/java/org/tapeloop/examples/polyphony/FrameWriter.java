package org.tapeloop.examples.polyphony;

import java.util.List;
import java.util.function.Consumer;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.examples.music.Frame;

/** Lets a model make music, one frame after the other. It must be in evaluation mode. */
final class FrameWriter {
  private final RollNetwork<?> model;
  private final double temperature;

  /**
   * A writer with a model.
   *
   * @param temperature what logits are divided by; at 0 a key sounds if it is more likely to than
   *     not
   */
  FrameWriter(RollNetwork<?> model, double temperature) {
    this.model = model;
    this.temperature = temperature;
  }

  /**
   * Goes on from some frames, or from silence.
   *
   * @param given read first; may be empty
   * @param length how many frames to make
   * @param random key k of frame i is drawn with its element 88 i + k
   * @param out takes each frame as soon as it is drawn; not the given ones
   */
  void write(List<Frame> given, int length, RandomStream random, Consumer<Frame> out) {
    Autograd.noGrad(
        () -> {
          RollNetwork.Listener listener = model.listener();
          listener.hear(Frame.SILENCE);
          given.forEach(listener::hear);
          for (int i = 0; i < length; i++) {
            Frame frame = draw(listener, random, (long) i * Frame.KEYS);
            out.accept(frame);
            if (i < length - 1) {
              listener.hear(frame);
            }
          }
        });
  }

  private Frame draw(RollNetwork.Listener listener, RandomStream random, long first) {
    Frame frame = Frame.SILENCE;
    for (int key = 0; key < Frame.KEYS; key++) {
      double logit = listener.logit(key, frame);
      double scaled = temperature == 0 ? logit * HARD : logit / temperature;
      if (random.uniform(first + key) < 1 / (1 + StrictMath.exp(-scaled))) {
        frame = frame.with(key + Frame.LOWEST);
      }
    }
    return frame;
  }

  /** So large that a logit becomes a probability of 0 or 1. */
  private static final double HARD = 1e9;
}
