package org.tapeloop.autograd.scan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Slot;

/**
 * Arranges the computation of some values in levels of products and row programs.
 *
 * <p>A value goes to memory only if it is wanted there, feeds a product, or is used beyond its
 * level; all others live in registers of one program. The parts of a join are computed in their
 * places.
 */
class StageBuilder {
  private final Buffers buffers;

  /** Where values stand already. */
  private final Map<Value, Location> known;

  /** Sums of a known value and a product that are to be made in the known value's place. */
  private final Map<Value, Value> accumulations;

  private final Map<Value, List<Location>> wanted = new LinkedHashMap<>();
  private final Map<Value, Location> homes = new HashMap<>();
  private final Map<Value, Integer> levels = new HashMap<>();
  private final Set<Value> needed = new HashSet<>();

  /**
   * @param known where values stand before the stage; not changed
   * @param accumulations from a sum to the product in it; the other term is known
   */
  StageBuilder(Buffers buffers, Map<Value, Location> known, Map<Value, Value> accumulations) {
    this.buffers = buffers;
    this.known = Map.copyOf(known);
    this.accumulations = accumulations;
  }

  /** Asks for a value at a place. */
  void want(Value value, Location at) {
    wanted.computeIfAbsent(value, v -> new ArrayList<>()).add(at);
  }

  /** Whether a value must be computed here. */
  private boolean isComputed(Value value) {
    return !known.containsKey(value) && !value.isLeaf();
  }

  Stage build() {
    wanted.keySet().forEach(this::need);
    List<Value> order = new ArrayList<>(needed);
    order.sort(Comparator.comparingInt(v -> v.id));
    order.forEach(this::level);
    assignHomes(order);
    TreeMap<Integer, List<Value>> byLevel = new TreeMap<>();
    for (Value value : order) {
      byLevel.computeIfAbsent(level(value), l -> new ArrayList<>()).add(value);
    }
    for (Value value : wanted.keySet()) {
      byLevel.computeIfAbsent(level(value), l -> new ArrayList<>());
    }
    List<Stage.Level> built = new ArrayList<>();
    byLevel.forEach((level, values) -> built.add(new LevelBuilder(level).build(values)));
    return new Stage(List.copyOf(built));
  }

  private void need(Value value) {
    Deque<Value> open = new ArrayDeque<>();
    open.add(value);
    while (!open.isEmpty()) {
      Value next = open.remove();
      if (isComputed(next) && needed.add(next)) {
        open.addAll(dependencies(next));
      }
    }
  }

  private List<Value> dependencies(Value value) {
    Value product = accumulations.get(value);
    return product == null ? value.args : product.args;
  }

  private boolean isProduct(Value value) {
    return value.isProduct() || accumulations.containsKey(value);
  }

  /** Recursion is as deep as one step's longest chain of operations. */
  private int level(Value value) {
    if (!isComputed(value)) {
      return 0;
    }
    Integer cached = levels.get(value);
    if (cached != null) {
      return cached;
    }
    int level = 0;
    for (Value arg : dependencies(value)) {
      int ready = level(arg);
      // A product reads memory, so whatever program writes its argument must have run.
      level = Math.max(level, isProduct(value) && !inMemoryBefore(arg) ? ready + 1 : ready);
    }
    levels.put(value, level);
    return level;
  }

  /**
   * Whether a product may read the value at the value's own level, products running before the
   * program.
   */
  private boolean inMemoryBefore(Value value) {
    return known.containsKey(value)
        || (value.what instanceof Value.Slice && inMemoryBefore(value.args.getFirst()));
  }

  // ---- places ----

  private void assignHomes(List<Value> order) {
    for (Value value : order) {
      List<Location> at = wanted.get(value);
      if (at != null) {
        homes.put(value, at.getFirst());
      }
    }
    Set<Value> stored = new HashSet<>();
    for (Value user : order) {
      for (Value arg : dependencies(user)) {
        if (isComputed(arg) && (isProduct(user) || isProduct(arg) || level(user) > level(arg))) {
          stored.add(base(arg));
        }
      }
    }
    for (Value value : order) {
      if (isProduct(value)) {
        stored.add(value);
      }
    }
    // Joins before their parts: a part is computed in its place in the join.
    List<Value> reversed = new ArrayList<>(order);
    reversed.sort(Comparator.comparingInt((Value v) -> v.id).reversed());
    for (Value value : reversed) {
      Value product = accumulations.get(value);
      if (product != null) {
        homes.put(value, knownTerm(value, product));
      } else if (stored.contains(value)
          && !homes.containsKey(value)
          && !(value.what instanceof Value.Slice)) {
        homes.put(value, place(value));
      }
      if (value.what instanceof Value.Join && homes.containsKey(value)) {
        placeParts(value, order);
      }
    }
  }

  /** A slice of a computed value stands where that value stands. */
  private Value base(Value value) {
    Value at = value;
    while (at.what instanceof Value.Slice && isComputed(at)) {
      at = at.args.getFirst();
    }
    return at;
  }

  private Location knownTerm(Value sum, Value product) {
    for (Value term : sum.args) {
      if (term != product) {
        return Objects.requireNonNull(known.get(term));
      }
    }
    throw new IllegalStateException("an accumulation without a known term");
  }

  private Location place(Value value) {
    int buffer = buffers.add(scratchKind(value), value.width);
    Location.At at =
        buffers.all().get(buffer).kind() instanceof Buffers.Scratch
            ? Location.At.FIXED
            : Location.At.NOW;
    return new Location(buffer, at, 0, value.width);
  }

  /** Overridden where a stage runs over all steps at once. */
  Buffers.Kind scratchKind(Value value) {
    return new Buffers.Scratch();
  }

  private void placeParts(Value join, List<Value> order) {
    Location whole = Objects.requireNonNull(homes.get(join));
    int column = 0;
    for (Value part : join.args) {
      boolean movable =
          isComputed(part)
              && !homes.containsKey(part)
              && !(part.what instanceof Value.Slice)
              && order.contains(part);
      if (movable) {
        homes.put(part, whole.columns(column, part.width));
      }
      column += part.width;
    }
  }

  /** Where a value stands in memory, or null if it lives in a register. */
  private @Nullable Location memory(Value value) {
    Location at = known.get(value);
    if (at == null) {
      at = homes.get(value);
    }
    if (at == null && value.what instanceof Value.Slice(var start)) {
      Location whole = memory(value.args.getFirst());
      return whole == null ? null : whole.columns(start, value.width);
    }
    return at;
  }

  private Location requireMemory(Value value) {
    Location at = memory(value);
    if (at == null) {
      throw new IllegalStateException(value + " was not given a place");
    }
    return at;
  }

  // ---- one level ----

  private final class LevelBuilder {
    private final int level;
    private final List<RowProgram.Instruction> instructions = new ArrayList<>();
    private final Map<Location, Integer> operands = new LinkedHashMap<>();
    private final List<Integer> registerWidths = new ArrayList<>();
    private final Map<Value, Integer> registers = new HashMap<>();
    private final Map<Integer, Deque<Integer>> free = new HashMap<>();

    LevelBuilder(int level) {
      this.level = level;
    }

    Stage.Level build(List<Value> values) {
      List<Stage.ProductStep> products = new ArrayList<>();
      List<Value> programmed = new ArrayList<>();
      for (Value value : values) {
        if (isProduct(value)) {
          products.add(product(value));
        } else {
          programmed.add(value);
        }
      }
      for (int i = 0; i < programmed.size(); i++) {
        emit(programmed.get(i));
        release(programmed, i);
      }
      emitCopies(values);
      RowProgram program = new RowProgram(operands.size(), registerWidths, instructions);
      return new Stage.Level(List.copyOf(products), program, List.copyOf(operands.keySet()));
    }

    private Stage.ProductStep product(Value value) {
      Value product = accumulations.getOrDefault(value, value);
      Value.Product what = (Value.Product) product.what;
      return new Stage.ProductStep(
          source(product.args.getFirst()), what.matrix(), requireMemory(value), product != value);
    }

    /**
     * Where a product reads its argument: a slice of what stands already is not read from a copy
     * made later.
     */
    private Location source(Value value) {
      return value.what instanceof Value.Slice(var start)
              && inMemoryBefore(value)
              && !known.containsKey(value)
          ? source(value.args.getFirst()).columns(start, value.width)
          : requireMemory(value);
    }

    /**
     * The copies of wanted values beyond their first place, and of values that nothing here
     * computes.
     */
    private void emitCopies(List<Value> values) {
      Set<Value> here = new HashSet<>(values);
      wanted.forEach(
          (value, places) -> {
            boolean computed = isComputed(value);
            if (computed ? !here.contains(value) : level != 0) {
              return;
            }
            for (Location place : places) {
              if (!place.equals(memory(value))) {
                Slot out = operand(place);
                instructions.add(new RowProgram.Move(slot(value), out));
              }
            }
          });
    }

    private void emit(Value value) {
      switch (value.what) {
        case Value.Slice s -> {
          // A slice is read where its whole stands, unless it is wanted elsewhere.
          Location home = homes.get(value);
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
        case Value.Spread s ->
            instructions.add(new RowProgram.Move(slot(value.args.get(0)), out(value)));
        default -> throw new IllegalStateException("no instruction computes " + value);
      }
    }

    private void join(Value value) {
      Slot whole = out(value);
      int column = 0;
      for (Value part : value.args) {
        Slot target =
            new Slot(whole.register(), whole.index(), whole.column() + column, part.width);
        Slot source = slot(part);
        if (!source.equals(target)) {
          instructions.add(new RowProgram.Move(source, target));
        }
        column += part.width;
      }
    }

    private Slot out(Value value) {
      Location home = homes.get(value);
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
      Location at = memory(value);
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
        return operand(leaf(value));
      }
      throw new IllegalStateException(value + " is used before it is computed");
    }

    private Slot sliceOfWhole(Value value, int start) {
      Slot whole = slot(value.args.getFirst());
      return new Slot(whole.register(), whole.index(), whole.column() + start, value.width);
    }

    private Location leaf(Value value) {
      Buffers.Kind kind =
          switch (value.what) {
            case Value.Shared(var capture) -> new Buffers.SharedRow(capture);
            case Value.SharedSum(var captures) -> new Buffers.SharedRowSum(captures);
            case Value.Still(var capture) -> new Buffers.StillRows(capture);
            case Value.Constant(var number) -> new Buffers.Literal(number);
            default -> throw new IllegalStateException(value + " has no place");
          };
      return new Location(buffers.shared(kind, value.width), Location.At.FIXED, 0, value.width);
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
}
