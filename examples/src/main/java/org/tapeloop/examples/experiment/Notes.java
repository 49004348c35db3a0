package org.tapeloop.examples.experiment;

import java.util.Map;
import java.util.function.Function;
import org.tapeloop.examples.files.Failure;

/**
 * The texts that a run has left.
 *
 * @param source the file, for messages
 * @param texts by key
 */
public record Notes(String source, Map<String, String> texts) {

  /**
   * A text.
   *
   * @throws Failure if there is none of this key
   */
  public String text(String key) {
    String value = texts.get(key);
    if (value == null) {
      throw new Failure("%s: there is no '%s' in it".formatted(source, key));
    }
    return value;
  }

  /**
   * A whole number.
   *
   * @throws Failure if there is none of this key, or it is no such number
   */
  public long whole(String key) {
    return parsed(key, Long::parseLong);
  }

  /**
   * A number.
   *
   * @throws Failure if there is none of this key, or it is no number
   */
  public double decimal(String key) {
    return parsed(key, Double::parseDouble);
  }

  /**
   * A value that a function reads from a text.
   *
   * @throws Failure if there is none of this key, or the function refuses it with an {@link
   *     IllegalArgumentException}
   */
  public <T> T parsed(String key, Function<String, T> parser) {
    String value = text(key);
    try {
      return parser.apply(value);
    } catch (IllegalArgumentException e) {
      throw new Failure("%s: '%s' has no meaning: '%s'".formatted(source, key, value), e);
    }
  }
}
