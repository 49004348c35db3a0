package org.tapeloop.examples.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.experiment.Schedule;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.Clipping;

/** One cell that learns one task from one seed. */
final class Trial {
  /** Streams of training batches are numbered by step; this one is of none. */
  private static final long HELD_OUT = -1;

  private static final int HELD_OUT_SIZE = 256;

  /** How often the held-out sequences are looked at. */
  private static final int LOOKS = 20;

  /**
   * How trials are run, the same for all that are compared.
   *
   * @param hiddenSize units of the one layer
   * @param steps of the optimiser, Adam
   * @param batch sequences a step
   * @param learningRate at its peak
   */
  record Settings(int hiddenSize, int steps, int batch, double learningRate) {}

  /** Which trial it is. */
  record Name(String task, String cell, long seed) {
    @Override
    public String toString() {
      return "%s, %s, seed %d".formatted(task, cell, seed);
    }
  }

  /**
   * A look at the held-out sequences.
   *
   * @param step after so many
   * @param loss as the task measures it
   * @param wrong the part of the answers that are wrong, NaN if numbers are asked for
   */
  record Look(int step, double loss, double wrong) {}

  /** Who follows a trial. */
  @FunctionalInterface
  interface Follower {
    /**
     * Takes how far the trial is.
     *
     * @param step so many are done
     * @param loss at the last look; empty before the first
     * @return whether to go on
     */
    boolean goesOn(int step, OptionalDouble loss);
  }

  private static final class Network<S> extends Layer {
    private final CellStack<S> recurrent;
    private final Linear output;

    Network(CellKind<S> kind, Settings settings, Task task, Generator generator) {
      var sizes = new CellStack.Sizes(kind, 1, settings.hiddenSize, CellStack.Dropping.NONE);
      recurrent =
          child("recurrent", CellStack.create(kind, sizes, task.inputs(), generator, generator));
      output = child("output", new Linear(recurrent.outputSize(), task.outputs(), generator));
    }

    Tensor forward(Tensor x) {
      return output.forward(recurrent.forward(x).output());
    }
  }

  private Trial() {}

  /**
   * Trains, and looks at the held-out sequences twenty times.
   *
   * @param follower asked after each step
   * @return the looks, the last of them after the last step; empty if the follower ended the trial
   */
  static Optional<List<Look>> run(
      Task task, CellKind<?> kind, Settings settings, long seed, Follower follower) {
    Network<?> network = network(kind, settings, task, new Generator(seed));
    Task.Batch heldOut = task.batch(new Dice(seed, HELD_OUT), HELD_OUT_SIZE);
    Adam adam = new Adam(network.parameters(), settings.learningRate);
    Schedule schedule = Schedule.forSteps(settings.learningRate, settings.steps);
    int every = Math.max(1, settings.steps / LOOKS);
    List<Look> looks = new ArrayList<>();
    for (int step = 0; step < settings.steps; step++) {
      Task.Batch batch = task.batch(new Dice(seed, step), settings.batch);
      Tensor loss = batch.answers().loss(network.forward(batch.x()));
      adam.setLearningRate(schedule.rate(step, settings.steps));
      adam.step(Clipping.byGlobalNorm(loss.gradients(network.values()), 1).gradients());
      boolean last = step + 1 == settings.steps;
      if ((step + 1) % every == 0 || last) {
        looks.add(look(network, heldOut, step + 1));
      }
      if (!follower.goesOn(step + 1, latestLoss(looks)) && !last) {
        return Optional.empty();
      }
    }
    return Optional.of(looks);
  }

  private static OptionalDouble latestLoss(List<Look> looks) {
    return looks.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(looks.getLast().loss());
  }

  private static <S> Network<S> network(
      CellKind<S> kind, Settings settings, Task task, Generator generator) {
    return new Network<>(kind, settings, task, generator);
  }

  private static Look look(Network<?> network, Task.Batch heldOut, int step) {
    return Autograd.noGrad(
        () -> {
          Tensor outputs = network.forward(heldOut.x());
          double loss = heldOut.answers().loss(outputs).item();
          return new Look(step, loss, heldOut.answers().wrong(outputs));
        });
  }
}
