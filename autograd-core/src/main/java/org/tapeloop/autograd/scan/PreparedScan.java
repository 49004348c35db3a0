package org.tapeloop.autograd.scan;

import java.lang.ref.SoftReference;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.FloatView;

/** A compiled step made ready for a backend: its kernels, and the memory of runs that are over. */
final class PreparedScan {
  private final CompiledStep step;
  private final Backend backend;
  private final ArrayView like;
  private final PassRunner forward;
  private final List<Location> states;
  private final @Nullable Backward backward;

  /** How much runs want of a frame. */
  private int packed;

  private int calls;

  /** Let go of under pressure: the next run allocates anew. */
  private final Deque<SoftReference<Frame>> idle = new ConcurrentLinkedDeque<>();

  /**
   * The backward direction.
   *
   * @param arriving where the cotangent of each state behind step t stands
   * @param leaving where that of each state before step t stands
   * @param sums what is summed over rows and steps
   */
  private record Backward(
      PassRunner pass, List<Location> arriving, List<Location> leaving, SumShares sums) {}

  /**
   * @param like of the element type
   */
  PreparedScan(CompiledStep step, Backend backend, ArrayView like) {
    this.step = step;
    this.backend = backend;
    this.like = like.allocate(0);
    Plan plan = step.plan();
    forward = pass(plan.before(), plan.loop(), plan.after(), plan.buffers());
    states = places(plan.states(), Location.At.NOW, plan.buffers());
    CompiledStep.Derivative derivative = step.derivative();
    backward = derivative == null ? null : backward(derivative.plan());
  }

  private Backward backward(Plan.Back back) {
    return new Backward(
        pass(back.before(), back.loop(), back.after(), back.buffers()),
        places(back.carries(), Location.At.EVEN, back.buffers()),
        places(back.carries(), Location.At.ODD, back.buffers()),
        new SumShares(back.sums(), backend.threads()));
  }

  private PassRunner pass(Stage before, Stage loop, Stage after, List<Buffers.Buffer> buffers) {
    return new PassRunner(runner(before, buffers), runner(loop, buffers), runner(after, buffers));
  }

  private StageRunner runner(Stage stage, List<Buffers.Buffer> buffers) {
    StageRunner runner = new StageRunner(backend, stage, buffers, like, packed, calls);
    packed += runner.packedMatrices();
    calls += runner.calls();
    return runner;
  }

  private static List<Location> places(
      List<Integer> numbers, Location.At at, List<Buffers.Buffer> buffers) {
    return numbers.stream().map(b -> new Location(b, at, 0, buffers.get(b).width())).toList();
  }

  CompiledStep step() {
    return step;
  }

  Backend backend() {
    return backend;
  }

  PassRunner forward() {
    return forward;
  }

  PassRunner backward() {
    return requireBackward().pass;
  }

  private Backward requireBackward() {
    return Objects.requireNonNull(backward, "the step was compiled for inference");
  }

  /** How many steps at a time use the same memory where only the outputs are to stay. */
  int stepsNear(int batch) {
    int elementBytes = like instanceof FloatView ? Float.BYTES : Double.BYTES;
    return forward.packs() ? step.plan().stepsNear(batch, elementBytes) : Integer.MAX_VALUE;
  }

  /** All of state number k before step t. */
  Location state(int k) {
    return states.get(k);
  }

  /** All of the cotangent of state number k that arrives at step t from the one after it. */
  Location arriving(int k) {
    return requireBackward().arriving.get(k);
  }

  /** All of the cotangent of state number k that leaves step t for the one before it. */
  Location leaving(int k) {
    return requireBackward().leaving.get(k);
  }

  SumShares sums() {
    return requireBackward().sums;
  }

  /** Memory for one run, its caller's until it is given back. */
  Frame take() {
    for (var next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      Frame frame = next.get();
      if (frame != null) {
        return frame;
      }
    }
    return new Frame(like, step.buffers().size(), packed, calls);
  }

  /** Takes memory back that nothing outside refers to. */
  void give(Frame frame) {
    frame.close();
    idle.addFirst(frame.reference());
  }
}
