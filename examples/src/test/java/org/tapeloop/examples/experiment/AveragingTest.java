package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.Sgd;
import picocli.CommandLine;

final class AveragingTest {
  private final Weight model = new Weight();

  private static final class Weight extends Layer {
    final Parameter weight = parameter("weight", Tensor.scalar(0));

    double now() {
      return weight.value().item();
    }
  }

  /** Steps that take 1 from the weight each. */
  private void step(Optimisation optimisation, int steps) {
    for (int i = 0; i < steps; i++) {
      optimisation.step(Map.of(model.weight.value(), Tensor.scalar(1)), 1, 1);
    }
  }

  private static Averaging averaging(Weight model, double decay) {
    Optimisation descent = Optimisation.of("sgd", new Sgd(model.parameters(), 1));
    return new Averaging(descent, model.parameters(), decay);
  }

  @Test
  void averagesPlainlyAtFirstAndThenForgets() {
    Averaging averaging = averaging(model, 0.75);
    step(averaging, 1);
    assertEquals(-1, averaging.evaluating(model::now), 1e-6);
    step(averaging, 3);
    assertEquals(-2.5, averaging.evaluating(model::now), 1e-6);
    step(averaging, 1);
    assertEquals(0.75 * -2.5 + 0.25 * -5, averaging.evaluating(model::now), 1e-6);
    assertEquals(-5, model.now(), 1e-6);
  }

  @Test
  void goesOnFromACheckpointAtEachStageAsIfThereHadBeenNoBreak(@TempDir Path folder)
      throws IOException {
    for (int before : new int[] {0, 2, 4, 7}) {
      Weight other = new Weight();
      Averaging undisturbed = averaging(model, 0.75);
      step(undisturbed, before);
      SavedRun saved = saved(undisturbed, folder.resolve(before + ".safetensors"));
      Averaging resumed = averaging(other, 0.75);
      saved.restore(other, resumed);
      for (int i = 0; i < 5; i++) {
        step(undisturbed, 1);
        resumed.step(Map.of(other.weight.value(), Tensor.scalar(1)), 1, 1);
        assertEquals(undisturbed.evaluating(model::now), resumed.evaluating(other::now));
      }
    }
  }

  @Test
  void aModelIsRestoredWithTheWeightsThatItWasJudgedBy(@TempDir Path folder) throws IOException {
    AdamOptions options =
        CommandLine.populateCommand(new AdamOptions(), "--average=0.9", "--learning-rate=1");
    Optimisation optimisation = options.recipe(model.parameters(), 10).optimisation();
    step(optimisation, 5);
    double judged = optimisation.evaluating(model::now);
    assertEquals(-3, judged, 0.2);
    SavedRun saved = saved(optimisation, folder.resolve("run.safetensors"));
    assertEquals(judged, options.restore(saved, new Weight()).now());
  }

  private SavedRun saved(Optimisation optimisation, Path file) throws IOException {
    Parts parts = new Parts(model);
    optimisation.declare(parts);
    parts.capture().withConfiguration(Map.of(SavedRun.COMMAND, "test")).write(file);
    return SavedRun.read(file);
  }
}
