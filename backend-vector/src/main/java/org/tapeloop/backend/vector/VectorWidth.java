package org.tapeloop.backend.vector;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The vector width of this JVM, chosen once: kernels hold a species as a constant, for C2 compiles
 * vectors to registers only where it is one.
 *
 * <p>A narrower width than the CPU prefers is for tests. On x86 with 128 bits, F64 comparisons are
 * slow, for C2 has no masks of two lanes there.
 */
final class VectorWidth {
  /** System property with the width in bits: 128, 256 or 512. */
  static final String PROPERTY = "tapeloop.vector.bits";

  /** Bits of a vector. */
  static final int BITS = problem() == null ? wanted() : 128;

  static final VectorSpecies<Float> FLOAT =
      VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
  static final VectorSpecies<Double> DOUBLE =
      VectorSpecies.of(double.class, VectorShape.forBitSize(BITS));

  /** Vector registers: x86-64 has 32 with AVX-512 and 16 without, arm64 has 32. */
  static final int REGISTERS = BITS == 512 || isArm() ? 32 : 16;

  /** Rows of the highest register tile. */
  static final int TILE_ROWS = REGISTERS == 32 ? 8 : 6;

  private VectorWidth() {}

  /** What the JVM prefers on this CPU; 0 where it would have no vector of 128 bits. */
  static int preferred() {
    return Math.min(
        FloatVector.SPECIES_PREFERRED.vectorBitSize(),
        DoubleVector.SPECIES_PREFERRED.vectorBitSize());
  }

  /** Why the width asked for cannot be had, or null. */
  static @Nullable String problem() {
    int preferred = preferred();
    int wanted = wanted();
    if (preferred < 128) {
      return "this JVM has no vectors of 128 bits for this CPU";
    }
    if (wanted != 128 && wanted != 256 && wanted != 512) {
      return PROPERTY + ": " + System.getProperty(PROPERTY) + " is not 128, 256 or 512";
    }
    return wanted <= preferred
        ? null
        : PROPERTY
            + ": "
            + wanted
            + " bits asked for, but this JVM has "
            + preferred
            + " on this CPU";
  }

  private static int wanted() {
    String property = System.getProperty(PROPERTY);
    try {
      return property == null ? Math.min(preferred(), 512) : Integer.parseInt(property);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static boolean isArm() {
    return System.getProperty("os.arch", "").equals("aarch64");
  }
}
