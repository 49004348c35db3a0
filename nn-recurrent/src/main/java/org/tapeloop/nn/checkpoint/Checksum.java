package org.tapeloop.nn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.tapeloop.autograd.Tensor;

/**
 * A CRC-32C over everything a checkpoint holds: the file format has none, and a flipped bit in a
 * weight would go unnoticed.
 */
final class Checksum {
  private static final int CHUNK = 1 << 13;

  private final CRC32C crc = new CRC32C();
  private final ByteBuffer buffer =
      ByteBuffer.allocate(CHUNK * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private Checksum() {}

  /** The sum in hexadecimal; the order of the maps does not matter. */
  static String of(Map<String, String> lines, Map<String, Tensor> tensors) {
    Checksum sum = new Checksum();
    new TreeMap<>(lines)
        .forEach(
            (key, value) -> {
              sum.add(key);
              sum.add(value);
            });
    new TreeMap<>(tensors)
        .forEach(
            (name, tensor) -> {
              sum.add(name);
              sum.add(tensor.dtype() + " " + tensor.shape());
              sum.add(tensor);
            });
    return Long.toHexString(sum.crc.getValue());
  }

  /** The length goes first, so that "ab", "c" is not "a", "bc". */
  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    buffer.clear().putInt(bytes.length);
    crc.update(buffer.flip());
    crc.update(bytes);
  }

  private void add(Tensor tensor) {
    switch (tensor.dtype()) {
      case F32 -> {
        float[] values = tensor.toFloatArray();
        for (int from = 0; from < values.length; from += CHUNK) {
          int count = Math.min(CHUNK, values.length - from);
          buffer.clear().asFloatBuffer().put(values, from, count);
          crc.update(buffer.limit(count * Float.BYTES));
        }
      }
      case F64 -> {
        double[] values = tensor.toDoubleArray();
        for (int from = 0; from < values.length; from += CHUNK) {
          int count = Math.min(CHUNK, values.length - from);
          buffer.clear().asDoubleBuffer().put(values, from, count);
          crc.update(buffer.limit(count * Double.BYTES));
        }
      }
    }
  }
}
