package org.tapeloop.examples.wordlm;

import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.examples.language.Windows;
import org.tapeloop.nn.data.TokenWindows;

/**
 * Windows whose lengths are drawn anew in each pass, so that gradients are not always cut at the
 * same words: normally distributed about a base, or, one time in twenty, about half of it.
 *
 * <p>Source: Merity, Keskar and Socher 2017, arXiv 1708.02182, section 4.1.
 */
final class VaryingWindows implements Windows {
  private static final double FULL = 0.95;
  private static final double DEVIATION = 5;
  private static final int LEAST = 5;

  private final int[] tokens;
  private final int streams;
  private final int base;
  private final long seed;
  private final int streamLength;

  /** Symbols of each stream read so far, in all passes. */
  private long read;

  private int length;

  VaryingWindows(int[] tokens, int streams, int base, long seed) {
    this.tokens = tokens;
    this.streams = streams;
    this.base = base;
    this.seed = seed;
    streamLength = (tokens.length - 1) / streams;
    if (streamLength < 1) {
      throw new IllegalArgumentException(
          "windows: %d tokens are too few for %d streams".formatted(tokens.length, streams));
    }
  }

  /** The length of the last window as a part of the base, by which its learning rate is scaled. */
  double relativeLength() {
    return length / (double) base;
  }

  @Override
  public TokenWindows.Window next() {
    int start = (int) (read % streamLength);
    length = Math.min(drawnLength(), streamLength - start);
    read += length;
    return new TokenWindows.Window(cut(start), cut(start + 1), start == 0);
  }

  /** Depends on the place alone, so that a resumed run draws the same. */
  private int drawnLength() {
    RandomStream random = new RandomStream(seed, -1 - read);
    double mean = random.uniform(0) < FULL ? base : base / 2.0;
    return Math.max(LEAST, (int) Math.round(mean + DEVIATION * random.normal(1)));
  }

  private IntTensor cut(int start) {
    int[] window = new int[length * streams];
    for (int t = 0; t < length; t++) {
      for (int b = 0; b < streams; b++) {
        window[t * streams + b] = tokens[b * streamLength + start + t];
      }
    }
    return IntTensor.of(Shape.of(length, streams), window);
  }

  @Override
  public long count() {
    return Math.max(1, Math.round(streamLength / (base * (FULL + (1 - FULL) / 2))));
  }

  @Override
  public long position() {
    return read;
  }

  @Override
  public void seek(long position) {
    read = position;
  }
}
