package org.tapeloop.nn.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a header from bytes that nobody vouches for. */
final class HeaderParser {
  /** The header, one array's description, its shape or offsets: no valid header nests deeper. */
  private static final int DEPTH = 3;

  /**
   * Names from files are neither interned nor kept in the factory's table, which outlives the file.
   */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNameLength(Header.MAX_NAME)
                  .maxStringLength((int) Header.MAX_BYTES)
                  .build())
          .build();

  private final Path file;
  private final long dataBytes;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private @Nullable Map<String, String> metadata;

  private HeaderParser(Path file, long dataBytes) {
    this.file = file;
    this.dataBytes = dataBytes;
  }

  /**
   * The header in {@code bytes}.
   *
   * @param file names the file in errors
   * @param dataBytes how many bytes follow the header
   * @throws SafeTensorsException if it breaks any rule of the format
   */
  static Header parse(Path file, InputStream bytes, long dataBytes) throws SafeTensorsException {
    // A decoder of its own: left to itself the parser would also take UTF-16 and UTF-32.
    Reader text =
        new InputStreamReader(
            bytes,
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT));
    HeaderParser parser = new HeaderParser(file, dataBytes);
    try (JsonParser json = JSON.createParser(text)) {
      parser.document(json);
    } catch (SafeTensorsException e) {
      throw e;
    } catch (CharacterCodingException e) {
      throw parser.refusal("the header is not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw parser.refusal("the header is not valid JSON: " + firstLine(e), e);
    } catch (IOException e) {
      throw parser.refusal("the header cannot be read: " + e.getMessage(), e);
    }
    parser.checkCover();
    Map<String, String> metadata = parser.metadata;
    return new Header(metadata == null ? Map.of() : metadata, parser.tensors);
  }

  private void document(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw refusal("the header is not a JSON object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = wellFormed(json.currentName());
      boolean repeated =
          name.equals(Header.METADATA) ? metadata != null : tensors.containsKey(name);
      if (repeated) {
        throw refusal("the name " + Header.quoted(name) + " occurs twice");
      }
      if (name.equals(Header.METADATA)) {
        metadata = metadata(json);
      } else {
        tensors.put(name, tensor(json, name));
      }
    }
    if (json.nextToken() != null) {
      throw refusal("the header goes on after its JSON object");
    }
  }

  private Map<String, String> metadata(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw refusal(Header.METADATA + " is not a JSON object");
    }
    Map<String, String> found = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = wellFormed(json.currentName());
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw refusal("metadata " + Header.quoted(key) + " is not a string");
      }
      if (found.putIfAbsent(key, wellFormed(json.getText())) != null) {
        throw refusal("the metadata key " + Header.quoted(key) + " occurs twice");
      }
    }
    return found;
  }

  private StoredTensor tensor(JsonParser json, String name) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw refusalOf(name, "is not described by a JSON object");
    }
    @Nullable StoredType type = null;
    @Nullable List<Long> shape = null;
    @Nullable List<Long> offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      boolean repeated =
          switch (key) {
            case "dtype" -> type != null;
            case "shape" -> shape != null;
            case "data_offsets" -> offsets != null;
            default -> throw refusalOf(name, "has an unknown property " + Header.quoted(key));
          };
      if (repeated) {
        throw refusalOf(name, "has the property " + key + " twice");
      }
      switch (key) {
        case "dtype" -> type = type(json, name);
        case "shape" -> shape = numbers(json, name, key);
        default -> offsets = numbers(json, name, key);
      }
    }
    if (type == null || shape == null || offsets == null) {
      String missing = type == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw refusalOf(name, "has no " + missing);
    }
    return checked(name, type, shape, offsets);
  }

  private StoredType type(JsonParser json, String name) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw refusalOf(name, "has a dtype that is not a string");
    }
    String text = json.getText();
    return StoredType.named(text)
        .orElseThrow(() -> refusalOf(name, "has the unknown dtype " + Header.quoted(text)));
  }

  private List<Long> numbers(JsonParser json, String name, String key) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw refusalOf(name, "has a " + key + " that is not an array");
    }
    List<Long> numbers = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw refusalOf(name, "has a " + key + " with an entry that is not a whole number");
      }
      String digits = json.getText();
      if (digits.startsWith("-")) {
        throw refusalOf(name, "has a " + key + " with the negative entry " + Header.quoted(digits));
      }
      try {
        numbers.add(Long.parseLong(digits));
      } catch (NumberFormatException e) {
        throw refusalOf(name, "has a " + key + " with an entry beyond 64 bits");
      }
    }
    return numbers;
  }

  private StoredTensor checked(String name, StoredType type, List<Long> shape, List<Long> offsets)
      throws SafeTensorsException {
    if (offsets.size() != 2) {
      throw refusalOf(name, "has " + offsets.size() + " data_offsets, not 2");
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (begin > end) {
      throw refusalOf(name, "ends at byte %d, before its begin at %d".formatted(end, begin));
    }
    if (end > dataBytes) {
      throw refusalOf(
          name, "ends at byte %d, but the file holds %d bytes of data".formatted(end, dataBytes));
    }
    long bytes = type.bytes();
    try {
      for (long extent : shape) {
        bytes = Math.multiplyExact(bytes, extent);
      }
    } catch (ArithmeticException e) {
      throw refusalOf(name, "has a shape whose size is beyond 64 bits");
    }
    if (bytes != end - begin) {
      throw refusalOf(
          name,
          "takes %d bytes as %s of its shape, but its data_offsets span %d"
              .formatted(bytes, type, end - begin));
    }
    return new StoredTensor(name, type, shape, begin, end);
  }

  /** The arrays must cover the data: no byte twice, none left over. */
  private void checkCover() throws SafeTensorsException {
    List<StoredTensor> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(
        Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end));
    long covered = 0;
    String last = "";
    for (StoredTensor tensor : inOrder) {
      if (tensor.begin() < covered) {
        throw refusalOf(tensor.name(), "overlaps tensor " + Header.quoted(last));
      }
      if (tensor.begin() > covered) {
        throw hole(covered, tensor.begin());
      }
      covered = tensor.end();
      last = tensor.name();
    }
    if (covered < dataBytes) {
      throw hole(covered, dataBytes);
    }
  }

  private SafeTensorsException hole(long from, long to) {
    return refusal("bytes %d to %d of the data belong to no tensor".formatted(from, to));
  }

  /** Text that has a UTF-8 form: escapes can spell halves of surrogate pairs, which have none. */
  private String wellFormed(String text) throws SafeTensorsException {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw refusal("the header has an unpaired surrogate in " + Header.quoted(text));
    }
    return text;
  }

  private static String firstLine(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    String line = message == null ? "" : message.lines().findFirst().orElse("");
    long at = e.getLocation() == null ? -1 : e.getLocation().getCharOffset();
    return at < 0 ? line : line + " (at character " + at + ")";
  }

  private SafeTensorsException refusalOf(String tensor, String reason) {
    return refusal("tensor " + Header.quoted(tensor) + " " + reason);
  }

  private SafeTensorsException refusal(String reason) {
    return new SafeTensorsException(file, reason, null);
  }

  private SafeTensorsException refusal(String reason, @Nullable Throwable cause) {
    return new SafeTensorsException(file, reason, cause);
  }
}
