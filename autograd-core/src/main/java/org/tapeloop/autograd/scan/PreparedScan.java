package org.tapeloop.autograd.scan;

import java.lang.ref.SoftReference;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/** A compiled step made ready for a backend: its kernels, and the memory of runs that are over. */
final class PreparedScan {
  private final CompiledStep step;
  private final Backend backend;
  private final ArrayView like;
  private final Pass forward;
  private final @Nullable Pass backward;

  /** Let go of under pressure: the next run allocates anew. */
  private final Deque<SoftReference<Frame>> idle = new ConcurrentLinkedDeque<>();

  /** The stages of one direction. */
  record Pass(StageRunner before, StageRunner loop, StageRunner after) {}

  /**
   * @param like of the element type
   */
  PreparedScan(CompiledStep step, Backend backend, ArrayView like) {
    this.step = step;
    this.backend = backend;
    this.like = like.allocate(0);
    Plan plan = step.plan();
    StageRunner loop = new StageRunner(backend, plan.loop(), plan.buffers(), like, 0);
    forward =
        new Pass(
            new StageRunner(backend, plan.before(), plan.buffers(), like, 0),
            loop,
            new StageRunner(backend, plan.after(), plan.buffers(), like, 0));
    CompiledStep.Derivative derivative = step.derivative();
    if (derivative == null) {
      backward = null;
    } else {
      Plan.Back back = derivative.plan();
      int used = loop.packedMatrices();
      backward =
          new Pass(
              new StageRunner(backend, back.before(), back.buffers(), like, 0),
              new StageRunner(backend, back.loop(), back.buffers(), like, used),
              new StageRunner(backend, back.after(), back.buffers(), like, 0));
    }
  }

  CompiledStep step() {
    return step;
  }

  Backend backend() {
    return backend;
  }

  Pass forward() {
    return forward;
  }

  Pass backward() {
    return Objects.requireNonNull(backward, "the step was compiled for inference");
  }

  /** Memory for one run, its caller's until it is given back. */
  Frame take() {
    for (var next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      Frame frame = next.get();
      if (frame != null) {
        return frame;
      }
    }
    int packed = forward.loop.packedMatrices();
    if (backward != null) {
      packed += backward.loop.packedMatrices();
    }
    return new Frame(like, step.buffers().size(), packed);
  }

  /** Takes memory back that nothing outside refers to. */
  void give(Frame frame) {
    frame.close();
    idle.addFirst(new SoftReference<>(frame));
  }
}
