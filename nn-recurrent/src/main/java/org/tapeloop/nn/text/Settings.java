package org.tapeloop.nn.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A tokeniser as text by key, which is how a checkpoint keeps it. */
final class Settings {
  static final String KIND = "kind";
  private static final String TOKENS = "tokens";
  private static final String SPECIALS = "specials";
  private static final String UNKNOWN = "unknown";

  private final Map<String, String> texts;

  /** To read from. */
  Settings(Map<String, String> texts) {
    this.texts = texts;
  }

  /** To write to. */
  static Settings of(String kind) {
    return new Settings(new LinkedHashMap<>()).with(KIND, kind);
  }

  Map<String, String> texts() {
    return texts;
  }

  Settings with(String key, String text) {
    texts.put(key, text);
    return this;
  }

  Settings with(Vocabulary vocabulary) {
    return with(TOKENS, joined(vocabulary.tokens()))
        .with(SPECIALS, Integer.toString(vocabulary.specials()))
        .with(UNKNOWN, Integer.toString(vocabulary.unknown().orElse(-1)));
  }

  boolean has(String key) {
    return texts.containsKey(key);
  }

  String text(String key) {
    String text = texts.get(key);
    if (text == null) {
      throw new IllegalArgumentException("tokenizer: '" + key + "' is missing");
    }
    return text;
  }

  int whole(String key) {
    try {
      return Integer.parseInt(text(key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "tokenizer: '%s' is no number: '%s'".formatted(key, text(key)), e);
    }
  }

  <E extends Enum<E>> E constant(String key, Class<E> type) {
    try {
      return Enum.valueOf(type, text(key));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "tokenizer: '%s' has no meaning: '%s'".formatted(key, text(key)), e);
    }
  }

  Vocabulary vocabulary() {
    List<String> tokens = split(text(TOKENS));
    int specials = whole(SPECIALS);
    int unknown = whole(UNKNOWN);
    if (specials < 0 || specials > tokens.size() || unknown < -1 || unknown >= specials) {
      throw new IllegalArgumentException(
          "tokenizer: of %d tokens %d can't be special and number %d the unknown one"
              .formatted(tokens.size(), specials, unknown));
    }
    return Vocabulary.ordered(tokens, specials, unknown);
  }

  /** One token a line; line ends and backslashes within one are escaped. */
  private static String joined(List<String> tokens) {
    StringBuilder text = new StringBuilder();
    for (String token : tokens) {
      text.append(token.replace("\\", "\\\\").replace("\n", "\\n")).append('\n');
    }
    return text.toString();
  }

  private static List<String> split(String text) {
    List<String> tokens = new ArrayList<>();
    StringBuilder token = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        tokens.add(token.toString());
        token.setLength(0);
      } else if (c == '\\' && i + 1 < text.length()) {
        i++;
        token.append(text.charAt(i) == 'n' ? '\n' : text.charAt(i));
      } else {
        token.append(c);
      }
    }
    return tokens;
  }
}
