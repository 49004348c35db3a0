package org.tapeloop.examples.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.tapeloop.autograd.Generator;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.checkpoint.TrainingRun;
import org.tapeloop.nn.optim.Restorable;

/**
 * The parts of a run that change from step to step, declared once: what is saved is what is put
 * back.
 */
public final class Parts {
  private final TrainingRun run;
  private final Map<String, LongSupplier> counters = new LinkedHashMap<>();
  private final List<Consumer<SavedRun>> restorers = new ArrayList<>();
  private final Map<String, String> notes = new LinkedHashMap<>();
  private Supplier<?> carried = () -> List.of();
  private boolean carries;

  /** The parameters of a model; the rest is declared. */
  public Parts(Layer model) {
    run = new TrainingRun(model);
    restorers.add(saved -> saved.restore(run));
  }

  /** A generator that is drawn from during training. */
  public Parts generator(String name, Generator generator) {
    run.generator(name, generator);
    return this;
  }

  /** An optimiser, an average of weights, or whatever else has a state. */
  public Parts part(String name, Restorable part) {
    run.part(name, part);
    return this;
  }

  /** A whole number, such as the place in the data. */
  public Parts counter(String name, LongSupplier get, LongConsumer set) {
    counters.put(name, get);
    restorers.add(saved -> set.accept(saved.counter(name)));
    return this;
  }

  /**
   * The state of a recurrence that the next step goes on from.
   *
   * @param get the state now: tensors in records and lists
   * @param set takes one of the same structure and shapes
   */
  public <S> Parts carried(Supplier<S> get, Consumer<S> set) {
    if (carries) {
      throw new IllegalStateException("a run carries one state; put several into a list");
    }
    carries = true;
    carried = get;
    restorers.add(saved -> set.accept(saved.carried(get.get())));
    return this;
  }

  /** A text that a saved model needs to be used, such as its vocabulary; it never changes. */
  public Parts note(String key, String text) {
    notes.put(key, text);
    return this;
  }

  /** All parts as they are now. */
  Checkpoint capture() {
    Checkpoint checkpoint = run.capture().withConfiguration(notes);
    for (var counter : counters.entrySet()) {
      checkpoint = checkpoint.withCounter(counter.getKey(), counter.getValue().getAsLong());
    }
    return carries ? checkpoint.withCarried(carried.get()) : checkpoint;
  }

  /**
   * Puts all parts back.
   *
   * @throws org.tapeloop.examples.files.Failure if one is missing or does not fit
   */
  void restore(SavedRun saved) {
    restorers.forEach(restorer -> restorer.accept(saved));
  }
}
