package org.tapeloop.benchmarks.peers;

import java.util.List;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.benchmarks.LayerSize;
import org.tapeloop.nn.StreamingSession;

/** A streaming session on the default backend. */
final class TapeloopSteps implements Steps {
  private final StreamingSession<?> session;
  private final float[] x;
  private final float[] output;

  /**
   * @param parameters that the task's cell is made with anyway
   */
  TapeloopSteps(Task task, List<Tensor> parameters) {
    LayerSize size = task.layerSize();
    session =
        Backends.use(
            Backends.named("vector", task.threads()),
            () -> StreamingSession.of(task.cell().create(size), size.inputs(), size.batch()));
    x = new float[size.batch() * size.inputs()];
    output = new float[size.batch() * size.hidden()];
  }

  @Override
  public void input(float[] values) {
    System.arraycopy(values, 0, x, 0, x.length);
  }

  @Override
  public void next() {
    session.step(x, output);
  }

  @Override
  public float[] output() {
    return output;
  }
}
