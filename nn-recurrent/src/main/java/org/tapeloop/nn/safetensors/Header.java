package org.tapeloop.nn.safetensors;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A checked header: every array lies inside the data, is as long as its type and shape say, and
 * together they cover the data exactly.
 *
 * @param metadata the text under {@code __metadata__}, in the order of the file
 * @param tensors the arrays by name, in the order of the header
 */
record Header(Map<String, String> metadata, Map<String, StoredTensor> tensors) {
  /** The name under which metadata stands among the arrays. */
  static final String METADATA = "__metadata__";

  /** The longest header that the format allows, so that none can exhaust memory. */
  static final long MAX_BYTES = 100_000_000;

  /** The longest name of an array or a line of text, in characters. */
  static final int MAX_NAME = 50_000;

  Header(Map<String, String> metadata, Map<String, StoredTensor> tensors) {
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** Text as it can stand in a one-line message: quoted, control characters escaped, cut short. */
  static String quoted(String text) {
    StringBuilder line = new StringBuilder("'");
    int shown = Math.min(text.length(), 80);
    for (int i = 0; i < shown; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        line.append("\\u%04x".formatted((int) c));
      } else {
        line.append(c);
      }
    }
    return line.append(shown < text.length() ? "...'" : "'").toString();
  }
}
