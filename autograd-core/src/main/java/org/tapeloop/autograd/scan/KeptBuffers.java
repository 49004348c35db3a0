package org.tapeloop.autograd.scan;

import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.spi.RowProgram;

/** The buffers of which a backward pass reads columns that it has not written itself. */
final class KeptBuffers {
  private final Set<Integer> read = new HashSet<>();

  /** By buffer, the columns that have been written. */
  private final Map<Integer, BitSet> written = new HashMap<>();

  boolean contains(int buffer) {
    return read.contains(buffer);
  }

  /** The next level. */
  void add(Stage.Level level) {
    for (Stage.ProductStep product : level.products()) {
      read(product.x());
      write(product.out());
    }
    for (RowProgram.Instruction instruction : level.program().instructions()) {
      for (RowProgram.Slot slot : instruction.operands()) {
        if (!slot.register()) {
          read(place(level, slot));
        }
      }
      if (!instruction.out().register()) {
        write(place(level, instruction.out()));
      }
    }
  }

  private static Location place(Stage.Level level, RowProgram.Slot slot) {
    return level.operands().get(slot.index()).columns(slot.column(), slot.width());
  }

  /** Columns that are read next. */
  void read(Location at) {
    BitSet own = written.getOrDefault(at.buffer(), new BitSet());
    if (own.nextClearBit(at.column()) < at.column() + at.width()) {
      read.add(at.buffer());
    }
  }

  private void write(Location at) {
    written
        .computeIfAbsent(at.buffer(), buffer -> new BitSet())
        .set(at.column(), at.column() + at.width());
  }
}
