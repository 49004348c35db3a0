package org.tapeloop.benchmarks.peers;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.benchmarks.LayerSize;
import org.tapeloop.benchmarks.TrainStep;

/** One step of a cell at a time: inputs that change while results are compared, then always one. */
final class Streaming implements Job {
  private final Steps steps;
  private final LayerSize size;
  private final float[] x;

  Streaming(Task task, Steps.Factory factory) {
    size = task.layerSize();
    TrainStep<?> layer = TrainStep.of(task.cell(), size, ScanMode.COMPILED);
    x = layer.x().toFloatArray();
    steps = factory.create(task, List.copyOf(layer.parameters().values()));
    steps.input(input(0));
  }

  @Override
  public void step() {
    steps.next();
  }

  /** The outputs [T, B, H] of T steps. */
  @Override
  public Map<String, float[]> results() {
    int length = size.batch() * size.hidden();
    float[] outputs = new float[size.time() * length];
    for (int t = 0; t < size.time(); t++) {
      steps.input(input(t));
      steps.next();
      System.arraycopy(steps.output(), 0, outputs, t * length, length);
    }
    return Map.of("outputs", outputs);
  }

  private float[] input(int t) {
    int length = size.batch() * size.inputs();
    return Arrays.copyOfRange(x, t * length, (t + 1) * length);
  }
}
