package org.tapeloop.examples.language;

import org.tapeloop.nn.data.TokenWindows;

/** Windows of a text, one after the other, from which a model learns in pass after pass. */
public interface Windows {

  /** The next window; after the last of a pass, the first of the next. */
  TokenWindows.Window next();

  /** Windows in a pass, on average. */
  long count();

  /** The place in the text, all that {@link #seek} needs. */
  long position();

  /** Goes to a place. */
  void seek(long position);

  /** Windows of one length. */
  static Windows of(TokenWindows windows) {
    return new Windows() {
      @Override
      public TokenWindows.Window next() {
        if (!windows.hasNext()) {
          windows.rewind();
        }
        return windows.next();
      }

      @Override
      public long count() {
        return windows.count();
      }

      @Override
      public long position() {
        return windows.position();
      }

      @Override
      public void seek(long position) {
        windows.seek((int) position);
      }
    };
  }
}
