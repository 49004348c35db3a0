package org.tapeloop.backend.vector;

import java.util.List;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Instruction;
import org.tapeloop.autograd.spi.RowProgram.Slot;

/** Finds instructions of a row program whose result only the next one reads. */
final class RowPairs {
  private final List<Instruction> instructions;

  RowPairs(RowProgram program) {
    this.instructions = program.instructions();
  }

  /**
   * Whether an instruction and the next may be one loop: the next alone reads what it gives, once,
   * in a register, and does not write to a part of what it reads.
   *
   * @param at index of the first, not the last of all
   */
  boolean areOne(int at) {
    Instruction first = instructions.get(at);
    Instruction second = instructions.get(at + 1);
    Slot between = first.out();
    Slot out = second.out();
    return between.register()
        && out.width() == between.width()
        && second.operands().stream().filter(between::overlaps).toList().equals(List.of(between))
        && first.operands().stream().noneMatch(x -> overlapsInPart(x, out))
        && (covers(out, between) || !isRead(between, at + 2));
  }

  /** Whether some instruction reads a slot before one has written all of it anew. */
  private boolean isRead(Slot slot, int from) {
    for (Instruction next : instructions.subList(from, instructions.size())) {
      if (next.operands().stream().anyMatch(slot::overlaps)) {
        return true;
      }
      if (covers(next.out(), slot)) {
        return false;
      }
    }
    return false;
  }

  /** Two operands may stand in one place in memory, so that only the columns count there. */
  private static boolean overlapsInPart(Slot a, Slot b) {
    Slot inOnePlace = a.register() ? a : new Slot(false, b.index(), a.column(), a.width());
    return inOnePlace.overlaps(b) && !inOnePlace.equals(b);
  }

  private static boolean covers(Slot outer, Slot inner) {
    return outer.register() == inner.register()
        && outer.index() == inner.index()
        && outer.column() <= inner.column()
        && outer.column() + outer.width() >= inner.column() + inner.width();
  }
}
