package org.tapeloop.autograd.scan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Slot;

/** Writes the products and the program of one level of a stage. */
final class LevelBuilder {
  private final StagePlaces places;
  private final List<RowProgram.Instruction> instructions = new ArrayList<>();
  private final Map<Location, Integer> operands = new LinkedHashMap<>();
  private final List<Integer> registerWidths = new ArrayList<>();
  private final Map<Value, Integer> registers = new HashMap<>();
  private final Map<Integer, Deque<Integer>> free = new HashMap<>();

  LevelBuilder(StagePlaces places) {
    this.places = places;
  }

  /**
   * @param values what is computed, in order
   * @param first whether wanted values that stand already are to be copied here
   */
  Stage.Level build(List<Value> values, boolean first) {
    List<Stage.ProductStep> products = new ArrayList<>();
    List<Value> programmed = new ArrayList<>();
    for (Value value : values) {
      if (places.isProduct(value)) {
        products.add(product(value));
      } else {
        programmed.add(value);
      }
    }
    for (int i = 0; i < programmed.size(); i++) {
      emit(programmed.get(i));
      release(programmed, i);
    }
    emitCopies(values, first);
    RowProgram program = new RowProgram(operands.size(), registerWidths, instructions);
    return new Stage.Level(List.copyOf(products), program, List.copyOf(operands.keySet()));
  }

  private Stage.ProductStep product(Value value) {
    Value product = places.product(value);
    Value.Product what = (Value.Product) product.what;
    return new Stage.ProductStep(
        places.source(product.args.getFirst()),
        what.matrix(),
        places.requireMemory(value),
        places.isAccumulated(value));
  }

  /**
   * The copies of wanted values beyond their first place, and of values that nothing here computes.
   */
  private void emitCopies(List<Value> values, boolean first) {
    Set<Value> here = new HashSet<>(values);
    places
        .wanted()
        .forEach(
            (value, wanted) -> {
              if (places.isComputed(value) ? here.contains(value) : first) {
                for (Location at : wanted) {
                  if (!at.equals(places.memory(value))) {
                    instructions.add(new RowProgram.Move(slot(value), operand(at)));
                  }
                }
              }
            });
  }

  private void emit(Value value) {
    switch (value.what) {
      case Value.Slice s -> {
        // A slice is read where its whole stands, unless it is wanted elsewhere.
        Location home = places.home(value);
        if (home != null) {
          instructions.add(new RowProgram.Move(sliceOfWhole(value, s.start()), operand(home)));
        }
      }
      case Value.Join j -> join(value);
      case Value.Unary(var kernel) ->
          instructions.add(new RowProgram.Unary(kernel, slot(value.args.get(0)), out(value)));
      case Value.Binary(var kernel) ->
          instructions.add(
              new RowProgram.Binary(
                  kernel, slot(value.args.get(0)), slot(value.args.get(1)), out(value)));
      case Value.Select s ->
          instructions.add(
              new RowProgram.Select(
                  slot(value.args.get(0)),
                  slot(value.args.get(1)),
                  slot(value.args.get(2)),
                  out(value)));
      case Value.Fold(var kernel) ->
          instructions.add(new RowProgram.Reduce(kernel, slot(value.args.get(0)), out(value)));
      case Value.InverseDeviation(var epsilon) ->
          instructions.add(
              new RowProgram.InverseDeviation(slot(value.args.get(0)), epsilon, out(value)));
      case Value.Standardise s ->
          instructions.add(
              new RowProgram.Standardise(
                  slot(value.args.get(0)), slot(value.args.get(1)), out(value)));
      case Value.StandardiseGradient s ->
          instructions.add(
              new RowProgram.StandardiseGradient(
                  slot(value.args.get(0)),
                  slot(value.args.get(1)),
                  slot(value.args.get(2)),
                  out(value)));
      case Value.Spread s ->
          instructions.add(new RowProgram.Move(slot(value.args.get(0)), out(value)));
      default -> throw new IllegalStateException("no instruction computes " + value);
    }
  }

  private void join(Value value) {
    Slot whole = out(value);
    int column = 0;
    for (Value part : value.args) {
      Slot target = new Slot(whole.register(), whole.index(), whole.column() + column, part.width);
      Slot source = slot(part);
      if (!source.equals(target)) {
        instructions.add(new RowProgram.Move(source, target));
      }
      column += part.width;
    }
  }

  private Slot out(Value value) {
    Location home = places.home(value);
    if (home != null) {
      return operand(home);
    }
    Deque<Integer> spare = free.get(value.width);
    int register;
    if (spare != null && !spare.isEmpty()) {
      register = spare.pop();
    } else {
      register = registerWidths.size();
      registerWidths.add(value.width);
    }
    registers.put(value, register);
    return new Slot(true, register, 0, value.width);
  }

  private Slot slot(Value value) {
    Location at = places.memory(value);
    if (at != null) {
      return operand(at);
    }
    Integer register = registers.get(value);
    if (register != null) {
      return new Slot(true, register, 0, value.width);
    }
    if (value.what instanceof Value.Slice(var start)) {
      return sliceOfWhole(value, start);
    }
    if (value.isLeaf()) {
      return operand(places.leaf(value));
    }
    throw new IllegalStateException(value + " is used before it is computed");
  }

  private Slot sliceOfWhole(Value value, int start) {
    Slot whole = slot(value.args.getFirst());
    return new Slot(whole.register(), whole.index(), whole.column() + start, value.width);
  }

  private Slot operand(Location at) {
    Location key = new Location(at.buffer(), at.at(), 0, 0);
    Integer index = operands.get(key);
    if (index == null) {
      index = operands.size();
      operands.put(key, index);
    }
    return new Slot(false, index, at.column(), at.width());
  }

  /** Gives back the registers that nothing from the next instruction on reads. */
  private void release(List<Value> programmed, int position) {
    for (Value arg : programmed.get(position).args) {
      Value at = arg;
      while (at.what instanceof Value.Slice && !registers.containsKey(at)) {
        at = at.args.getFirst();
      }
      if (registers.containsKey(at) && !isRead(at, programmed, position + 1)) {
        int register = Objects.requireNonNull(registers.remove(at));
        free.computeIfAbsent(at.width, w -> new ArrayDeque<>()).push(register);
      }
    }
  }

  private boolean isRead(Value value, List<Value> programmed, int from) {
    for (Value reader : programmed.subList(from, programmed.size())) {
      for (Value arg : reader.args) {
        Value at = arg;
        while (at != value && at.what instanceof Value.Slice) {
          at = at.args.getFirst();
        }
        if (at == value) {
          return true;
        }
      }
    }
    return false;
  }
}
