package org.tapeloop.examples.polyphony;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.nn.Dropout;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Stacked;

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

  private final Stacked<S> recurrent;
  private final Dropout dropout;
  private final Linear output;

  private RollNetwork(CellKind<S> kind, CellStack.Sizes sizes, Generator initial, Generator masks) {
    CellStack<S> stack = CellStack.create(kind, sizes, Frame.KEYS, initial, masks);
    recurrent = child("recurrent", stack.layers());
    dropout = child("dropout", new Dropout(sizes.dropout(), masks));
    output = child("output", new Linear(stack.outputSize(), Frame.KEYS, initial));
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

  /** The state before the first frame. */
  List<S> initialState(int batch) {
    return recurrent.initialState(batch);
  }

  /**
   * Logits after each frame.
   *
   * @param frames 1 where a key sounds, else 0 [T, B, 88]
   * @param lengths of the pieces, or null if all have T frames
   * @param state after the frames before
   * @return [T, B, 88]
   */
  SequenceOutput<List<S>> forward(
      Tensor frames, @Nullable Lengths lengths, @Nullable List<S> state) {
    var hidden = recurrent.forward(frames.mul(SOUNDING), lengths, state);
    Tensor logits = output.forward(dropout.forward(hidden.output()));
    return new SequenceOutput<>(logits, hidden.state());
  }
}
