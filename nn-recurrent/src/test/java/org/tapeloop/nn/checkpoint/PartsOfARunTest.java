package org.tapeloop.nn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.Adadelta;
import org.tapeloop.nn.optim.Adagrad;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.AdamW;
import org.tapeloop.nn.optim.Adamax;
import org.tapeloop.nn.optim.AveragedSgd;
import org.tapeloop.nn.optim.GradientAccumulation;
import org.tapeloop.nn.optim.Lbfgs;
import org.tapeloop.nn.optim.Lion;
import org.tapeloop.nn.optim.Muon;
import org.tapeloop.nn.optim.NAdam;
import org.tapeloop.nn.optim.Optimizer;
import org.tapeloop.nn.optim.ParameterGroups;
import org.tapeloop.nn.optim.RAdam;
import org.tapeloop.nn.optim.ReduceOnPlateau;
import org.tapeloop.nn.optim.Restorable;
import org.tapeloop.nn.optim.RmsProp;
import org.tapeloop.nn.optim.Rprop;
import org.tapeloop.nn.optim.Schedule;
import org.tapeloop.nn.optim.Scheduler;
import org.tapeloop.nn.optim.Sgd;
import org.tapeloop.nn.optim.WeightAverage;

/** Runs with each kind of part, broken off, written to a file and resumed: bit for bit the same. */
class PartsOfARunTest {
  @TempDir private Path folder;

  private final Linear model = new Linear(3, 2, new Generator(1));
  private final Tensor x = Tensor.normal(new RandomStream(3, 0), DType.F32, Shape.of(5, 3), 0, 1);

  private static Tensor loss(Linear model, Tensor x, int step) {
    return model.forward(x.mul(1 + 0.1 * step)).tanh().sub(0.3).square().mean();
  }

  /** An optimiser by name: how it is made, and how it makes a step. */
  record Kind(
      String name, Function<Map<String, Parameter>, Restorable> create, StepOf<Restorable> step) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** One step of a run. */
  @FunctionalInterface
  interface StepOf<P> {
    void run(P part, Linear model, Tensor x, int number);
  }

  private static <P extends Restorable> Kind kind(
      String name, Function<Map<String, Parameter>, P> create, StepOf<P> step) {
    @SuppressWarnings("unchecked") // it is given what the line above made
    StepOf<Restorable> any = (part, model, x, number) -> step.run((P) part, model, x, number);
    return new Kind(name, create::apply, any);
  }

  private static <O extends Optimizer> Kind plain(
      String name, Function<Map<String, Parameter>, O> create) {
    return kind(
        name,
        create,
        (optimizer, model, x, number) ->
            optimizer.step(loss(model, x, number).gradients(model.values())));
  }

  static List<Kind> kinds() {
    return List.of(
        plain("sgd", p -> new Sgd(p, 0.1).momentum(0.9)),
        plain("adam", p -> new Adam(p, 0.1).amsgrad()),
        plain("adamw", p -> new AdamW(p, 0.1)),
        plain("rmsprop", p -> new RmsProp(p, 0.1).centred().momentum(0.5)),
        plain("adagrad", p -> new Adagrad(p, 0.1)),
        plain("adadelta", p -> new Adadelta(p, 1)),
        plain("adamax", p -> new Adamax(p, 0.1)),
        plain("nadam", p -> new NAdam(p, 0.1)),
        plain("radam", p -> new RAdam(p, 0.1).betas(0.9, 0.95)),
        plain("rprop", p -> new Rprop(p, 0.1)),
        plain("lion", p -> new Lion(p, 0.1)),
        plain("muon", p -> new Muon(Map.of("weight", p.get("weight")), 0.1)),
        kind(
            "groups",
            p ->
                new ParameterGroups()
                    .add("matrix", new Muon(Map.of("weight", p.get("weight")), 0.1))
                    .add("vector", new NAdam(Map.of("bias", p.get("bias")), 0.1)),
            (groups, model, x, number) ->
                groups.step(loss(model, x, number).gradients(model.values()))),
        kind(
            "averaged sgd",
            p -> new AveragedSgd(p, 0.1, 0),
            (sgd, model, x, number) -> {
              Tensor loss = loss(model, x, number);
              sgd.step(loss.gradients(model.values()));
              sgd.observe(number);
              sgd.use(
                  () -> {
                    sgd.sgd().setLearningRate(0.01 + 0.01 * loss(model, x, 0).item());
                    return 0;
                  });
            }),
        kind(
            "l-bfgs",
            p -> new Lbfgs(p).limits(2, 5),
            (lbfgs, model, x, number) -> lbfgs.step(() -> loss(model, x, 0))));
  }

  private float[] weights(Linear of) {
    return of.weight().value().toFloatArray();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aResumedOptimiserGoesOnBitForBit(Kind kind) throws IOException {
    for (int steps = 0; steps <= 3; steps += 3) {
      Restorable part = kind.create().apply(model.parameters());
      TrainingRun run = new TrainingRun(model).part("optimizer", part);
      for (int k = 0; k < steps; k++) {
        kind.step().run(part, model, x, k);
      }
      Path file = folder.resolve("checkpoint" + steps);
      run.capture().write(file);

      Linear copy = new Linear(3, 2, new Generator(2));
      Restorable fresh = kind.create().apply(copy.parameters());
      new TrainingRun(copy).part("optimizer", fresh).restore(Checkpoint.read(file));
      for (int k = steps; k < steps + 3; k++) {
        kind.step().run(part, model, x, k);
        kind.step().run(fresh, copy, x, k);
      }
      assertArrayEquals(weights(model), weights(copy));
    }
  }

  @Test
  void schedulesAveragesAndAccumulationsArePartsToo() throws IOException {
    Path file = folder.resolve("checkpoint");
    Everything one = new Everything(model);
    one.train(x, 0, 5);
    one.run().capture().write(file);
    Linear copy = new Linear(3, 2, new Generator(2));
    Everything other = new Everything(copy);
    other.run().restore(Checkpoint.read(file));
    one.train(x, 5, 5);
    other.train(x, 5, 5);
    assertArrayEquals(weights(model), weights(copy));
    assertArrayEquals(
        one.average.values().get("weight").toFloatArray(),
        other.average.values().get("weight").toFloatArray());
    assertEquals(one.sgd.learningRate(), other.sgd.learningRate());
    assertEquals(one.plateau.rate(), other.plateau.rate());
  }

  /** A run with all parts that there are. */
  private static final class Everything {
    private final Linear model;
    private final Sgd sgd;
    private final Scheduler scheduler;
    private final WeightAverage average;
    private final GradientAccumulation accumulation;
    private final ReduceOnPlateau plateau = new ReduceOnPlateau(1).patience(1);

    Everything(Linear model) {
      this.model = model;
      sgd = new Sgd(model.parameters(), 0.1);
      scheduler = new Scheduler().drive(sgd, Schedule.cosine(0.5, 0.1, 7).warmedUp(2, 0.1));
      average = WeightAverage.exponential(model.parameters(), 0.9);
      accumulation = new GradientAccumulation(model.parameters(), 3);
    }

    TrainingRun run() {
      return new TrainingRun(model)
          .optimizer("sgd", sgd)
          .part("scheduler", scheduler)
          .part("average", average)
          .part("accumulation", accumulation)
          .part("plateau", plateau);
    }

    void train(Tensor x, int from, int steps) {
      for (int k = from; k < from + steps; k++) {
        accumulation
            .add(loss(model, x, k).gradients(model.values()))
            .ifPresent(
                mean -> {
                  sgd.step(mean);
                  scheduler.step();
                  average.update();
                });
        plateau.observe(1);
      }
    }
  }

  @Test
  void aPartThatIsMissingOrDoesNotFitIsRefusedAndNothingChanges() throws IOException {
    Sgd sgd = new Sgd(model.parameters(), 0.25);
    Checkpoint checkpoint = new TrainingRun(model).optimizer("sgd", sgd).capture();
    var missing =
        assertThrows(
            CheckpointException.class,
            () ->
                new TrainingRun(model)
                    .optimizer("sgd", sgd)
                    .part("scheduler", new Scheduler())
                    .restore(checkpoint));
    assertEquals("checkpoint: there is no part 'scheduler'", missing.getMessage());
    Checkpoint other = new TrainingRun(model).part("x", new ReduceOnPlateau(1)).capture();
    sgd.setLearningRate(0.5);
    assertThrows(
        CheckpointException.class,
        () -> new TrainingRun(model).part("x", new Scheduler().drive(sgd, k -> 1)).restore(other));
    assertEquals(1, sgd.learningRate());
  }
}
