package org.tapeloop.nn.data;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.optim.Restorable;

/**
 * Windows over one long text for truncated backpropagation through time.
 *
 * <p>The text is cut into B streams of equal length that are read in parallel, T tokens a window,
 * so that the state after a window is the one to carry into the next. The target of a token is the
 * one after it. Of N tokens {@code L = floor((N - 1) / B)} are inputs in each stream; the fewer
 * than B at the end that do not fit are left out. The last window of a pass has the {@code L mod T}
 * steps that are left, if that is not 0, and then a new pass can begin with {@link #rewind}.
 *
 * <p>Nothing is random: the order is given by the text, and {@link #position} is all that a
 * checkpoint needs. For many texts that must not run into each other see {@link DocumentWindows}.
 */
public final class TokenWindows implements Iterator<TokenWindows.Window>, Restorable {
  private final int[] tokens;
  private final int streams;
  private final int steps;
  private final int streamLength;
  private int position;

  /**
   * Inputs and targets of one window.
   *
   * @param inputs tokens [T, B]
   * @param targets the token after each of them [T, B]
   * @param first whether this is the first window of a pass, where no state is carried in
   */
  public record Window(IntTensor inputs, IntTensor targets, boolean first) {}

  /**
   * Windows at the beginning of the first pass.
   *
   * @param tokens the text, which is not copied and must not change
   * @param streams B, at least 1
   * @param steps T, at least 1
   * @throws IllegalArgumentException if the text is too short for one window
   */
  public TokenWindows(int[] tokens, int streams, int steps) {
    requirePositive("streams", streams);
    requirePositive("steps", steps);
    long needed = (long) streams * steps + 1;
    if (tokens.length < needed) {
      throw new IllegalArgumentException(
          "windows: %d tokens are too few for %d streams of %d steps, which need %d"
              .formatted(tokens.length, streams, steps, needed));
    }
    this.tokens = tokens;
    this.streams = streams;
    this.steps = steps;
    this.streamLength = (tokens.length - 1) / streams;
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("windows: " + name + " must be at least 1, not " + value);
    }
  }

  /** Number of windows in a pass. */
  public int count() {
    return Math.ceilDiv(streamLength, steps);
  }

  /** How many windows of this pass have been handed out. */
  public int position() {
    return position;
  }

  /**
   * Goes to a {@link #position}.
   *
   * @throws IllegalArgumentException if a pass has no such position
   */
  public void seek(int position) {
    if (position < 0 || position > count()) {
      throw new IllegalArgumentException(
          "windows: position %d is not in 0..%d".formatted(position, count()));
    }
    this.position = position;
  }

  /** Begins a new pass. */
  public void rewind() {
    position = 0;
  }

  @Override
  public boolean hasNext() {
    return position < count();
  }

  /**
   * The next window of this pass.
   *
   * @throws NoSuchElementException at the end of the pass
   */
  @Override
  public Window next() {
    if (!hasNext()) {
      throw new NoSuchElementException("windows: the pass is over after " + count());
    }
    int start = position * steps;
    int length = Math.min(steps, streamLength - start);
    Window window = new Window(cut(start, length), cut(start + 1, length), position == 0);
    position++;
    return window;
  }

  @Override
  public Map<String, Tensor> state() {
    return Place.of(0, position);
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Place.read("windows", state, (pass, at) -> seek(at));
  }

  private IntTensor cut(int start, int length) {
    int[] window = new int[length * streams];
    for (int t = 0; t < length; t++) {
      for (int b = 0; b < streams; b++) {
        window[t * streams + b] = tokens[b * streamLength + start + t];
      }
    }
    return IntTensor.of(Shape.of(length, streams), window);
  }
}
