package org.tapeloop.nn.checkpoint;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.Optimizer;
import org.tapeloop.nn.optim.Restorable;

/**
 * The parts of a training run that change as it goes, declared once: what is saved is what is put
 * back.
 *
 * <pre>{@code
 * TrainingRun run = new TrainingRun(model).optimizer("adam", adam).generator("masks", masks);
 * }</pre>
 *
 * <p>A run resumed from a {@link Checkpoint} goes on bit for bit as the one that was saved would
 * have, on the same backend: given that the batches come in the same order, which the caller sees
 * to with counters, and the carried state is taken from the checkpoint.
 */
public final class TrainingRun {
  private final Layer model;
  private final Map<Place, Restorable> parts = new LinkedHashMap<>();
  private final Map<String, Generator> generators = new LinkedHashMap<>();

  /** Where the state of a part stands. */
  private record Place(Checkpoint.PartKind kind, String name) {}

  /**
   * A run that trains a model; alone, it is enough to put weights back for evaluation.
   *
   * @throws IllegalArgumentException if a parameter's name has a '/'
   */
  public TrainingRun(Layer model) {
    model.parameters().keySet().forEach(name -> Checkpoint.requirePlain("parameter", name));
    this.model = model;
  }

  /**
   * Declares an optimiser.
   *
   * @throws IllegalArgumentException if there is one of this name, or the name has a '/'
   */
  public TrainingRun optimizer(String name, Optimizer optimizer) {
    return add(Checkpoint.PartKind.OPTIMIZER, name, optimizer);
  }

  /**
   * Declares another part with a state: a scheduler, groups of parameters, an average of weights, a
   * running accumulation of gradients.
   *
   * @throws IllegalArgumentException if there is one of this name, or the name has a '/'
   */
  public TrainingRun part(String name, Restorable part) {
    return add(Checkpoint.PartKind.PART, name, part);
  }

  private TrainingRun add(Checkpoint.PartKind kind, String name, Restorable part) {
    Checkpoint.requirePlain("part", name);
    requireNew(name, parts.putIfAbsent(new Place(kind, name), part));
    return this;
  }

  /**
   * Declares a generator that is drawn from during training.
   *
   * @throws IllegalArgumentException if there is one of this name
   */
  public TrainingRun generator(String name, Generator generator) {
    requireNew(name, generators.putIfAbsent(name, generator));
    return this;
  }

  /** What is declared twice would be saved once. */
  private static void requireNew(String name, @Nullable Object earlier) {
    if (earlier != null) {
      throw new IllegalArgumentException("training run: '" + name + "' is declared twice");
    }
  }

  /** All parts as they are now. */
  public Checkpoint capture() {
    Map<String, Tensor> values = new LinkedHashMap<>();
    model.parameters().forEach((name, parameter) -> values.put(name, parameter.value()));
    Checkpoint checkpoint = Checkpoint.of(values);
    for (var each : parts.entrySet()) {
      Place place = each.getKey();
      checkpoint = checkpoint.withPart(place.kind(), place.name(), each.getValue().state());
    }
    for (var each : generators.entrySet()) {
      Generator generator = each.getValue();
      checkpoint =
          checkpoint.withGenerator(
              each.getKey(), new Checkpoint.Position(generator.seed(), generator.position()));
    }
    return checkpoint;
  }

  /**
   * Puts back what a checkpoint holds of each declared part; what is not declared is left out.
   *
   * @throws CheckpointException in one line, if a part is missing, or differs in names, shapes,
   *     element types or seed; nothing has changed then
   */
  public void restore(Checkpoint checkpoint) throws CheckpointException {
    Map<String, Tensor> values = checkpoint.parameters();
    for (Map.Entry<String, Parameter> each : model.parameters().entrySet()) {
      Tensor found = values.get(each.getKey());
      if (found == null) {
        throw checkpoint.failure(
            "there is no parameter '%s', which the model has".formatted(each.getKey()));
      }
      checkpoint.requireLike("parameter '" + each.getKey() + "'", found, each.getValue().value());
    }
    for (String name : values.keySet()) {
      if (!model.parameters().containsKey(name)) {
        throw checkpoint.failure("the model has no parameter '" + name + "'");
      }
    }
    Map<Generator, Long> positions = new LinkedHashMap<>();
    for (var each : generators.entrySet()) {
      Checkpoint.Position found = checkpoint.generator(each.getKey());
      if (found.seed() != each.getValue().seed()) {
        throw checkpoint.failure(
            "generator '%s' has seed %d, the run's has %d"
                .formatted(each.getKey(), found.seed(), each.getValue().seed()));
      }
      positions.put(each.getValue(), found.position());
    }
    loadParts(checkpoint);
    model.load(values);
    positions.forEach(Generator::seek);
  }

  /** Each part refuses as a whole; those that had accepted before are then put back. */
  private void loadParts(Checkpoint checkpoint) throws CheckpointException {
    Deque<Runnable> undo = new ArrayDeque<>();
    try {
      for (var each : parts.entrySet()) {
        Restorable part = each.getValue();
        Map<String, Tensor> before = part.state();
        part.load(checkpoint.part(each.getKey().kind(), each.getKey().name()));
        undo.push(() -> part.load(before));
      }
    } catch (IllegalArgumentException e) {
      undo.forEach(Runnable::run);
      throw checkpoint.failure(e.getMessage(), e);
    } catch (CheckpointException e) {
      undo.forEach(Runnable::run);
      throw e;
    }
  }
}
