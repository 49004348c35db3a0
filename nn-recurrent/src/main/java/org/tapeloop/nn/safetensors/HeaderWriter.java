package org.tapeloop.nn.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;

/** Writes a header as {@link HeaderParser} reads it. */
final class HeaderWriter {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private HeaderWriter() {}

  /**
   * The JSON, padded with spaces so that the data begin at a multiple of eight bytes.
   *
   * @throws IOException if it is longer than readers take
   */
  static byte[] bytes(Header header) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!header.metadata().isEmpty()) {
        json.writeObjectFieldStart(Header.METADATA);
        for (Map.Entry<String, String> line : header.metadata().entrySet()) {
          json.writeStringField(line.getKey(), line.getValue());
        }
        json.writeEndObject();
      }
      for (StoredTensor tensor : header.tensors().values()) {
        write(tensor, json);
      }
      json.writeEndObject();
    }
    while (bytes.size() % Long.BYTES != 0) {
      bytes.write(' ');
    }
    if (bytes.size() > Header.MAX_BYTES) {
      throw new IOException(
          "safetensors: a header of %d bytes is longer than the %d that readers take"
              .formatted(bytes.size(), Header.MAX_BYTES));
    }
    return bytes.toByteArray();
  }

  private static void write(StoredTensor tensor, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart(tensor.name());
    json.writeStringField("dtype", tensor.type().name());
    json.writeFieldName("shape");
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    json.writeArray(shape, 0, shape.length);
    json.writeFieldName("data_offsets");
    json.writeArray(new long[] {tensor.begin(), tensor.end()}, 0, 2);
    json.writeEndObject();
  }
}
