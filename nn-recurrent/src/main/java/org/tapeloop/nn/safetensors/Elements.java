package org.tapeloop.nn.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Elements of one stored type, one after the other in memory, as Java arrays. */
record Elements(StoredType type, MemorySegment bytes) {
  private static final ValueLayout.OfShort SHORTS =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INTS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONGS =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOATS =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLES =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private int size() {
    return Math.toIntExact(bytes.byteSize() / type.bytes());
  }

  /** Of F64. */
  double[] doubles() {
    double[] values = new double[size()];
    MemorySegment.copy(bytes, DOUBLES, 0, values, 0, values.length);
    return values;
  }

  /** Of F32, F16 and BF16, exactly. */
  float[] floats() {
    float[] values = new float[size()];
    switch (type) {
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.float16ToFloat(bytes.get(SHORTS, 2L * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(bytes.get(SHORTS, 2L * i) << 16);
        }
      }
      default -> MemorySegment.copy(bytes, FLOATS, 0, values, 0, values.length);
    }
    return values;
  }

  /** Of integers; of U64 the same 64 bits, so that what is beyond a signed number is negative. */
  long[] longs() {
    long[] values = new long[size()];
    for (int i = 0; i < values.length; i++) {
      long at = (long) i * type.bytes();
      values[i] =
          switch (type) {
            case BOOL, U8 -> Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, at));
            case I8 -> bytes.get(ValueLayout.JAVA_BYTE, at);
            case U16 -> Short.toUnsignedLong(bytes.get(SHORTS, at));
            case I16 -> bytes.get(SHORTS, at);
            case U32 -> Integer.toUnsignedLong(bytes.get(INTS, at));
            case I32 -> bytes.get(INTS, at);
            default -> bytes.get(LONGS, at);
          };
    }
    return values;
  }
}
