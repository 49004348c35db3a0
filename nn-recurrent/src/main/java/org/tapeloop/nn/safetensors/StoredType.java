package org.tapeloop.nn.safetensors;

import java.util.Arrays;
import java.util.Optional;

/** The element types of the format, under the names that files use. */
public enum StoredType {
  /** One byte, 0 or 1. */
  BOOL(1),
  /** Unsigned 8-bit integer. */
  U8(1),
  /** Signed 8-bit integer. */
  I8(1),
  /** 8-bit floating point with 5 exponent bits; known, but not converted. */
  F8_E5M2(1),
  /** 8-bit floating point with 4 exponent bits; known, but not converted. */
  F8_E4M3(1),
  /** Signed 16-bit integer. */
  I16(2),
  /** Unsigned 16-bit integer. */
  U16(2),
  /** IEEE 16-bit floating point. */
  F16(2),
  /** The upper half of a 32-bit floating point number. */
  BF16(2),
  /** Signed 32-bit integer. */
  I32(4),
  /** Unsigned 32-bit integer. */
  U32(4),
  /** IEEE 32-bit floating point. */
  F32(4),
  /** Two F32, real and imaginary; known, but not converted. */
  C64(8),
  /** IEEE 64-bit floating point. */
  F64(8),
  /** Signed 64-bit integer. */
  I64(8),
  /** Unsigned 64-bit integer. */
  U64(8);

  private final int bytes;

  StoredType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes that one element takes. */
  public int bytes() {
    return bytes;
  }

  /** Whether {@link SafeTensorsFile#tensor} reads it. */
  public boolean isFloat() {
    return switch (this) {
      case F16, BF16, F32, F64 -> true;
      default -> false;
    };
  }

  /** Whether {@link SafeTensorsFile#longs} reads it. */
  public boolean isInteger() {
    return switch (this) {
      case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> true;
      default -> false;
    };
  }

  static Optional<StoredType> named(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }
}
