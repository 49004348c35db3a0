package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Event files, read by a decoder of their own: bit by bit, after the formats' definitions. */
final class EventFileTest {

  /** A field of a protocol buffer message: a number, or the bytes of a text or message. */
  record Field(int number, long bits, String content) {
    Field(int number, long bits) {
      this(number, bits, "");
    }

    Field(int number, byte[] bytes) {
      this(number, 0, new String(bytes, StandardCharsets.ISO_8859_1));
    }

    byte[] bytes() {
      return content.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /** CRC-32C (Castagnoli) with the remainder of one bit after the other. */
  private static int checksum(byte[] bytes) {
    int remainder = ~0;
    for (byte each : bytes) {
      remainder ^= each & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        boolean odd = (remainder & 1) != 0;
        remainder = remainder >>> 1 ^ (odd ? 0x82F63B78 : 0);
      }
    }
    return ~remainder;
  }

  private static int masked(int checksum) {
    return (checksum >>> 15 | checksum << 17) + 0xa282ead8;
  }

  static List<byte[]> records(byte[] file) {
    List<byte[]> records = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertEquals(masked(checksum(length)), in.getInt(), "checksum of a length");
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertEquals(masked(checksum(data)), in.getInt(), "checksum of a record");
      records.add(data);
    }
    return records;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static List<Field> fields(byte[] message) {
    List<Field> fields = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long key = varint(in);
      int number = (int) (key >>> 3);
      switch ((int) (key & 7)) {
        case 0 -> fields.add(new Field(number, varint(in)));
        case 1 -> fields.add(new Field(number, in.getLong()));
        case 5 -> fields.add(new Field(number, in.getInt()));
        case 2 -> {
          byte[] bytes = new byte[(int) varint(in)];
          in.get(bytes);
          fields.add(new Field(number, bytes));
        }
        default -> throw new AssertionError("wire type of key " + key);
      }
    }
    return fields;
  }

  private static String text(Field field) {
    return new String(field.bytes(), StandardCharsets.UTF_8);
  }

  /** The values of an event by tag. */
  static Map<String, Float> scalars(byte[] event) {
    Map<String, Float> values = new LinkedHashMap<>();
    for (Field summary : fields(event)) {
      if (summary.number() == 5) {
        for (Field value : fields(summary.bytes())) {
          List<Field> parts = fields(value.bytes());
          assertEquals(List.of(1, 2), parts.stream().map(Field::number).toList());
          values.put(text(parts.getFirst()), Float.intBitsToFloat((int) parts.getLast().bits()));
        }
      }
    }
    return values;
  }

  @Test
  void fileOpensWithItsVersion() {
    List<Field> event = fields(records(EventFile.opening(1.5)).getFirst());
    assertEquals(1.5, Double.longBitsToDouble(event.getFirst().bits()));
    assertEquals(3, event.getLast().number());
    assertEquals("brain.Event:2", text(event.getLast()));
  }

  @Test
  void valuesStandUnderTheirTagsAtTheirStep() {
    Map<String, Double> values = Map.of("loss/training", 0.1);
    byte[] event = records(EventFile.scalars(1e9 + 0.25, 123_456_789_012L, values)).getFirst();
    List<Field> fields = fields(event);
    assertEquals(List.of(1, 2, 5), fields.stream().map(Field::number).toList());
    assertEquals(1e9 + 0.25, Double.longBitsToDouble(fields.get(0).bits()));
    assertEquals(123_456_789_012L, fields.get(1).bits());
    assertEquals(Map.of("loss/training", 0.1f), scalars(event));
  }

  @Test
  void tagsOfAnyLengthAreRead() {
    String tag = "\u00e9".repeat(200);
    Map<String, Double> values = Map.of(tag, Double.NaN);
    assertEquals(
        Map.of(tag, Float.NaN), scalars(records(EventFile.scalars(0, 0, values)).getFirst()));
  }
}
