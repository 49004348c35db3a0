package org.tapeloop.examples.language;

import java.util.Map;

/** The symbols of a text, numbered from 0. */
public interface Symbols {

  /** How many there are. */
  int size();

  /**
   * The symbols of a text.
   *
   * @throws org.tapeloop.examples.files.Failure if one of them is unknown
   */
  int[] encode(String text);

  /** The text that a symbol adds after another. */
  String text(int symbol, int before);

  /** What a checkpoint keeps, to make the same symbols again. */
  Map<String, String> notes();

  /** A text to begin with where there is no other. */
  String beginning();
}
