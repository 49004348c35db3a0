package org.tapeloop.backend.vector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.RowProgram.Slot;

/**
 * Where the values of a row program stand in a tile, and the steps that bring an operand where a
 * loop can read it.
 */
final class FloatRowPlaces {
  private static final int LANES = FloatLoop.EACH;

  private final List<FloatStep> steps;
  private final List<Integer> widths;
  private final FloatPlace.@Nullable Register[] registers;
  private final List<FloatPlace.Register> all = new ArrayList<>();
  private final Map<Slot, FloatPlace.Register> spread = new HashMap<>();

  /**
   * @param widths of the program's registers
   * @param steps receives what brings operands to their places
   */
  FloatRowPlaces(List<Integer> widths, List<FloatStep> steps) {
    this.steps = steps;
    this.widths = widths;
    this.registers = new FloatPlace.Register[widths.size()];
  }

  /** Elements of all registers in one row. */
  int elements() {
    return all.stream().mapToInt(register -> register.width).sum();
  }

  /** Gives each register its place in tiles of so many rows, and says how large those are. */
  int layOut(int height) {
    int size = 0;
    for (FloatPlace.Register register : all) {
      register.base = size;
      size = Math.addExact(size, register.size(height));
    }
    return size;
  }

  FloatPlace.Register register(int width) {
    var register = new FloatPlace.Register(width);
    all.add(register);
    return register;
  }

  FloatPlace of(Slot slot) {
    return slot.register()
        ? FloatPlace.inRegister(register(slot), slot.column())
        : FloatPlace.inMemory(slot.index(), slot.column());
  }

  /** The register of a slot. One that only pairs pass over takes no place in the tile. */
  private FloatPlace.Register register(Slot slot) {
    FloatPlace.Register register = registers[slot.index()];
    if (register == null) {
      register = register(widths.get(slot.index()));
      registers[slot.index()] = register;
    }
    return register;
  }

  /** A row that fills at least one vector: narrower ones are copied to one. */
  FloatPlace row(Slot x) {
    if (x.width() >= LANES) {
      return of(x);
    }
    FloatPlace padded = register(LANES).place;
    steps.add(new FloatStep.Gather(of(x), false, padded, x.width()));
    return padded;
  }

  /** A narrow operand as a register of its own. */
  FloatPlace packed(Slot slot, int width) {
    FloatPlace place = of(slot);
    if (slot.width() == width && place.fills(width)) {
      return place;
    }
    FloatPlace gathered = register(width).place;
    boolean stretched = slot.width() == 1 && width > 1;
    steps.add(new FloatStep.Gather(place, stretched, gathered, width));
    return gathered;
  }

  /** Where a narrow result is made. */
  FloatPlace result(Slot out) {
    FloatPlace place = of(out);
    return place.fills(out.width()) ? place : register(out.width()).place;
  }

  void deliver(FloatPlace result, Slot out) {
    if (!of(out).fills(out.width())) {
      steps.add(new FloatStep.Gather(result, false, of(out), out.width()));
    }
  }

  /** An operand of a wide instruction. */
  FloatWideStep.Operand operand(Slot slot) {
    if (slot.width() > 1) {
      return new FloatWideStep.Operand(of(slot), false);
    }
    FloatPlace.Register vector = spread.get(slot);
    if (vector == null) {
      vector = register(LANES);
      steps.add(new FloatStep.Spread(of(slot), vector.place, LANES));
      spread.put(slot, vector);
    }
    return new FloatWideStep.Operand(vector.place, true);
  }

  /**
   * Forgets what was spread of columns that an instruction may have changed; two operands may stand
   * in one array.
   */
  void forgetSpread(Slot out) {
    spread
        .keySet()
        .removeIf(
            slot ->
                slot.register()
                    ? out.register()
                        && slot.index() == out.index()
                        && slot.column() >= out.column()
                        && slot.column() < out.column() + out.width()
                    : !out.register());
  }
}
