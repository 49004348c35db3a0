package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans the backward pass by the rules of the forward pass: products that no later step enters
 * leave the loop at its start, what no earlier step needs leaves it at its end, sums over steps
 * last of all.
 */
final class BackwardPlanner {
  private final Buffers buffers;
  private final int forwardBuffers;
  private final Set<Pass> passes;

  /** Where values stand before the loop. */
  private final Map<Value, Location> at;

  /** Where values stand once the loop is over. */
  private final Map<Value, Location> results = new HashMap<>();

  private final List<Value> carriedBack;
  private final List<Value> recomputed;

  /** What forward has computed. */
  private final Set<Value> stop;

  private final List<Integer> carryBuffers = new ArrayList<>();

  /** What of the forward pass's memory the caller gets. */
  private final List<Location> outputs;

  private final LoopTotals totals;
  private boolean replaces;

  /**
   * @param forward which has made its plan
   * @param cotangents the leaves that stand for the cotangents of outputs
   * @param carries the leaves that stand for the cotangents of the states after a step
   * @param carriedBack the cotangents of the states before the step
   */
  BackwardPlanner(
      ForwardPlanner forward,
      List<Value> cotangents,
      List<Value> carries,
      List<Value> carriedBack,
      Set<Pass> passes) {
    this.buffers = forward.buffers();
    this.forwardBuffers = buffers.all().size();
    this.passes = passes;
    this.at = new HashMap<>(forward.known());
    this.stop = Set.copyOf(forward.known().keySet());
    this.carriedBack = carriedBack;
    this.recomputed = forward.recomputed();
    this.outputs = forward.outputPlaces();
    this.totals = new LoopTotals(buffers);
    for (Value leaf : cotangents) {
      Value.Cotangent what = (Value.Cotangent) leaf.what;
      at.put(leaf, buffers.steps(new Buffers.CotangentSteps(what.index()), leaf.width));
    }
    for (Value leaf : carries) {
      int buffer = buffers.add(new Buffers.Pair(((Value.Carry) leaf.what).index()), leaf.width);
      carryBuffers.add(buffer);
      at.put(leaf, new Location(buffer, Location.At.EVEN, 0, leaf.width));
    }
  }

  /**
   * @param inputGradients null where none is wanted
   * @param sums what is to be summed over rows and steps
   */
  Plan.Back plan(List<@Nullable Value> inputGradients, List<Value> sums) {
    List<Value> wanted = new ArrayList<>();
    for (Value gradient : inputGradients) {
      if (gradient != null) {
        wanted.add(gradient);
      }
    }
    sums.forEach(sum -> wanted.addAll(terms(sum)));
    Set<Value> all = ValueSets.closure(ValueSets.concat(carriedBack, wanted), stop);
    Set<Value> recurrent = ValueSets.descendants(all, BackwardPlanner::isCarry);
    Set<Value> inLoop = ValueSets.closure(carriedBack, stop);
    Split split = split(wanted, inLoop, recurrent);

    StageBuilder before = StageBuilder.ofAllSteps(buffers, at, passes);
    if (passes.contains(Pass.HOIST)) {
      for (Value value : ValueSets.closure(ValueSets.concat(carriedBack, split.loop), stop)) {
        if (value.isProduct() && !recurrent.contains(value)) {
          Location place = buffers.steps(new Buffers.Steps("product"), value.width);
          before.want(value, place);
          at.put(value, place);
        }
      }
    }
    Stage beforeStage = before.build();
    List<Value> read = readAfterwards(split, inputGradients, sums);
    if (passes.contains(Pass.ACCUMULATE)) {
      totals.take(sums, split.loop, read, 1 + all.stream().mapToInt(v -> v.id).max().orElse(0));
      at.putAll(totals.standing());
    }
    Stage loopStage = loop(split.loop, read);
    Stage afterStage = after(split.after);
    List<@Nullable Location> inputPlaces = new ArrayList<>();
    for (Value gradient : inputGradients) {
      inputPlaces.add(gradient == null ? null : results.get(gradient));
    }
    return new Plan.Back(
        List.copyOf(buffers.all()),
        beforeStage,
        loopStage,
        afterStage,
        carryBuffers,
        inputPlaces,
        sums.stream().map(this::summed).toList(),
        totals.places(),
        recomputed,
        replaces);
  }

  /** What is read once the loop is over, as often as it is, forward values too. */
  private List<Value> readAfterwards(
      Split split, List<@Nullable Value> inputGradients, List<Value> sums) {
    List<Value> read = new ArrayList<>();
    inputGradients.stream().filter(Objects::nonNull).forEach(read::add);
    sums.forEach(sum -> read.addAll(terms(sum)));
    Set<Value> standing = new HashSet<>(stop);
    standing.addAll(split.loop);
    ValueSets.closure(split.after, standing).forEach(value -> read.addAll(value.args));
    return read;
  }

  private Stage loop(Set<Value> wanted, List<Value> readAfterwards) {
    StageBuilder loop = StageBuilder.ofOneStep(buffers, at, Map.of(), passes);
    for (int k = 0; k < carriedBack.size(); k++) {
      Value back = carriedBack.get(k);
      loop.want(back, new Location(carryBuffers.get(k), Location.At.ODD, 0, back.width));
    }
    totals.wanted().forEach(loop::want);
    wanted.forEach(loop::need);
    // A carried cotangent stands in memory for one step only; what comes after reads copies.
    at.forEach(
        (value, place) -> {
          if (!isCarry(value)) {
            results.put(value, place);
          }
        });
    List<Location> free = passes.contains(Pass.ACCUMULATE) ? free(readAfterwards) : List.of();
    for (Value value : wholesFirst(wanted)) {
      if (!results.containsKey(value)) {
        boolean stored =
            free.stream()
                .filter(place -> place.width() == value.width)
                .anyMatch(place -> wantInstead(loop, value, place));
        if (!stored) {
          want(loop, value, buffers.steps(new Buffers.Steps("gradient"), value.width));
        }
      }
    }
    return loop.build();
  }

  /**
   * Forward values and buffers of them that nobody reads after the loop: memory that the loop has
   * near when it has read it.
   */
  private List<Location> free(List<Value> readAfterwards) {
    List<Location> inUse = new ArrayList<>(outputs);
    for (Value value : readAfterwards) {
      Location place = at.get(value);
      Location whole = at.get(ValueSets.whole(value));
      if (place != null) {
        inUse.add(place);
      } else if (whole != null) {
        inUse.add(whole.columns(ValueSets.firstColumn(value), value.width));
      }
    }
    Set<Location> free = new LinkedHashSet<>();
    ValueSets.inOrder(stop).forEach(value -> free.add(Objects.requireNonNull(at.get(value))));
    for (int b = 0; b < forwardBuffers; b++) {
      free.add(new Location(b, Location.At.NOW, 0, buffers.all().get(b).width()));
    }
    free.removeIf(
        place ->
            !(buffers.all().get(place.buffer()).kind() instanceof Buffers.Kept)
                || inUse.stream().anyMatch(place::overlaps));
    return List.copyOf(free);
  }

  private boolean wantInstead(StageBuilder loop, Value value, Location place) {
    Map<Value, Location> stored = new LinkedHashMap<>();
    addParts(value, place, stored);
    boolean possible = loop.wantInstead(stored);
    if (possible) {
      results.putAll(stored);
      replaces = true;
    }
    return possible;
  }

  private void want(StageBuilder stage, Value value, Location place) {
    Map<Value, Location> stored = new LinkedHashMap<>();
    addParts(value, place, stored);
    stored.forEach(stage::want);
    results.putAll(stored);
  }

  /** Adds where a value is to stand; the parts of values side by side stand in there. */
  private void addParts(Value value, Location place, Map<Value, Location> stored) {
    stored.put(value, place);
    if (value.what instanceof Value.Join) {
      int column = 0;
      for (Value part : value.args) {
        if (!part.isLeaf()
            && !results.containsKey(part)
            && !stored.containsKey(part)
            && !carriedBack.contains(part)) {
          addParts(part, place.columns(column, part.width), stored);
        }
        column += part.width;
      }
    }
  }

  private static List<Value> wholesFirst(Set<Value> values) {
    List<Value> order = new ArrayList<>();
    values.stream().filter(value -> value.what instanceof Value.Join).forEach(order::add);
    values.stream().filter(value -> !(value.what instanceof Value.Join)).forEach(order::add);
    return order;
  }

  private Stage after(Set<Value> wanted) {
    StageBuilder after = StageBuilder.ofAllSteps(buffers, results, passes);
    for (Value value : wholesFirst(wanted)) {
      if (!results.containsKey(value)) {
        Location place = buffers.steps(new Buffers.Steps("gradient"), value.width);
        want(after, value, place);
      }
    }
    return after.build();
  }

  private Plan.Sum summed(Value sum) {
    Location total = totals.place(sum);
    if (total != null) {
      return new Plan.Sum(sum, List.of(total), null, true);
    }
    List<Location> places = new ArrayList<>();
    terms(sum).forEach(term -> places.add(Objects.requireNonNull(results.get(term))));
    @Nullable Location right = sum.what instanceof Value.OuterSum ? places.removeLast() : null;
    return new Plan.Sum(sum, List.copyOf(places), right, false);
  }

  /**
   * What a sum adds up: its factors or, where it is a row value summed over time, the value itself.
   */
  private static List<Value> terms(Value sum) {
    return sum.isSum() ? sum.args : List.of(sum);
  }

  private record Split(Set<Value> loop, Set<Value> after) {}

  private Split split(List<Value> wanted, Set<Value> inLoop, Set<Value> recurrent) {
    Set<Value> loop = new LinkedHashSet<>();
    Set<Value> after = new LinkedHashSet<>();
    Set<Value> standing = new HashSet<>(inLoop);
    standing.addAll(at.keySet());
    for (Value value : wanted) {
      if (isCarry(value)) {
        loop.add(value);
      } else if (!at.containsKey(value)) {
        boolean product =
            passes.contains(Pass.HOIST)
                && ValueSets.closure(List.of(value), standing).stream().anyMatch(Value::isProduct);
        boolean entered = recurrent.contains(value) || !passes.contains(Pass.HOIST);
        boolean inside = inLoop.contains(value) && !value.isLeaf();
        (inside || (entered && !product) ? loop : after).add(value);
      }
    }
    standing.addAll(loop);
    for (Value value : ValueSets.closure(after, standing)) {
      for (Value arg : value.args) {
        boolean made = inLoop.contains(arg) && !arg.isLeaf() && !at.containsKey(arg);
        if (made || isCarry(arg)) {
          loop.add(arg);
        }
      }
    }
    return new Split(loop, after);
  }

  private static boolean isCarry(Value value) {
    return value.what instanceof Value.Carry;
  }
}
