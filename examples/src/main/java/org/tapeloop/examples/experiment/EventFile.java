package org.tapeloop.examples.experiment;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Records of an event file, from which TensorBoard draws its curves.
 *
 * <p>A record is its length (8 bytes), a checksum of these (4), a protocol buffer message {@code
 * Event}, and a checksum of that (4), in little-endian order. Of the messages only the fields are
 * written that curves need: {@code Event{wall_time = 1, step = 2, file_version = 3, summary = 5}},
 * {@code Summary{value = 1}} and {@code Value{tag = 1, simple_value = 2}}.
 */
public final class EventFile {
  private static final int VARINT = 0;
  private static final int EIGHT_BYTES = 1;
  private static final int BYTES = 2;
  private static final int FOUR_BYTES = 5;

  private static final int MASK_ROTATION = 15;
  private static final int MASK_ADDEND = 0xa282ead8;

  private EventFile() {}

  /**
   * The record that opens a file.
   *
   * @param wallTime seconds since 1970
   */
  public static byte[] opening(double wallTime) {
    Message event = new Message();
    event.number(1, wallTime);
    event.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
    return record(event.toBytes());
  }

  /**
   * A record of values at a step.
   *
   * @param wallTime seconds since 1970
   * @param values by tag; a tag's part before a slash is the group that it is shown in
   */
  public static byte[] scalars(double wallTime, long step, Map<String, Double> values) {
    Message summary = new Message();
    values.forEach(
        (tag, value) -> {
          Message each = new Message();
          each.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
          each.singleNumber(2, value.floatValue());
          summary.bytes(1, each.toBytes());
        });
    Message event = new Message();
    event.number(1, wallTime);
    event.whole(2, step);
    event.bytes(5, summary.toBytes());
    return record(event.toBytes());
  }

  private static byte[] record(byte[] data) {
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length);
    record.putInt(maskedChecksum(record.array(), Long.BYTES));
    record.put(data);
    record.putInt(maskedChecksum(data, data.length));
    return record.array();
  }

  /** CRC-32C, rotated and shifted so that it may be stored among the bytes that it is of. */
  private static int maskedChecksum(byte[] bytes, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, length);
    return Integer.rotateRight((int) checksum.getValue(), MASK_ROTATION) + MASK_ADDEND;
  }

  /** A protocol buffer message that grows field by field. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void number(int field, double value) {
      key(field, EIGHT_BYTES);
      out.writeBytes(littleEndian(Double.BYTES).putDouble(value).array());
    }

    void singleNumber(int field, float value) {
      key(field, FOUR_BYTES);
      out.writeBytes(littleEndian(Float.BYTES).putFloat(value).array());
    }

    void whole(int field, long value) {
      key(field, VARINT);
      varint(value);
    }

    void bytes(int field, byte[] value) {
      key(field, BYTES);
      varint(value.length);
      out.writeBytes(value);
    }

    byte[] toBytes() {
      return out.toByteArray();
    }

    private void key(int field, int kind) {
      varint((long) field << 3 | kind);
    }

    /** Seven bits a byte, the lowest first; the eighth says that more follow. */
    private void varint(long value) {
      long left = value;
      while ((left & ~0x7FL) != 0) {
        out.write((int) (left & 0x7F) | 0x80);
        left >>>= 7;
      }
      out.write((int) left);
    }

    private static ByteBuffer littleEndian(int size) {
      return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
