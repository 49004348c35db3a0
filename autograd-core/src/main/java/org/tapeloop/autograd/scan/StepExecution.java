package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/**
 * A plan executed one step at a time. Nothing is moved between steps: a state has two matrices,
 * which take turns in being the state before the step and after it.
 */
final class StepExecution {
  private final CompiledStep step;
  private final Backend backend;
  private final StageRunner[] stages;
  private final Frame frame;

  /**
   * What a step that reads the first matrices of the states does, and one that reads the second.
   */
  private final Turn[] turns = new Turn[2];

  /** The turn of the next step. */
  private int next;

  /**
   * Kernel calls, and where what matters to the caller stands.
   *
   * @param states before the step
   */
  private record Turn(BoundStage calls, List<Rows> outputs, List<Rows> states) {}

  /**
   * Rows of an array.
   *
   * @param array {@code float[]} or {@code double[]}
   */
  record Rows(Object array, int start, int stride, int count, int width) {

    /** Copies to a dense array of the same element type. */
    void copyTo(Object dense) {
      for (int i = 0; i < count; i++) {
        System.arraycopy(array, start + i * stride, dense, i * width, width);
      }
    }

    /** Copies from a dense array of the same element type. */
    void copyFrom(Object dense) {
      for (int i = 0; i < count; i++) {
        System.arraycopy(dense, i * width, array, start + i * stride, width);
      }
    }
  }

  private final List<Rows> inputs = new ArrayList<>();

  /**
   * Rows of a table that a step reads.
   *
   * @param index which indices
   * @param out takes the rows
   */
  private record Lookup(int index, ArrayView table, ArrayView out) {}

  private final List<Lookup> lookups = new ArrayList<>();

  /**
   * @param like of the element type
   * @param captures the tensors that the step captured, by number; see {@link #load}
   */
  StepExecution(
      CompiledStep step, Backend backend, ArrayView like, int batch, List<ArrayView> captures) {
    this.step = step;
    this.backend = backend;
    Plan plan = step.plan();
    Stage[] parts = {plan.before(), plan.loop(), plan.after()};
    stages = new StageRunner[parts.length];
    int packed = 0;
    for (int i = 0; i < parts.length; i++) {
      stages[i] = new StageRunner(backend, parts[i], plan.buffers(), like, packed, 0);
      packed += stages[i].packedMatrices();
    }
    frame = new Frame(like, plan.buffers().size(), packed, 0);
    frame.open(1, batch);
    load(captures);
  }

  CompiledStep step() {
    return step;
  }

  Backend backend() {
    return backend;
  }

  /** Takes other tensors, of the same shapes, in place of those the step captured. */
  void load(List<ArrayView> given) {
    List<ArrayView> captures = new ArrayList<>(given);
    step.joinMatrices(backend, captures, frame);
    List<Buffers.Buffer> buffers = step.plan().buffers();
    FrameBinding binding = new FrameBinding(backend, captures);
    inputs.clear();
    lookups.clear();
    for (int b = 0; b < buffers.size(); b++) {
      binding.bind(frame, b, buffers.get(b));
      Location all = new Location(b, Location.At.NOW, 0, buffers.get(b).width());
      switch (buffers.get(b).kind()) {
        case Buffers.InputSteps input -> inputs.add(rows(all));
        case Buffers.TableRows(var index, var capture) -> {
          ArrayView table = captures.get(capture);
          lookups.add(new Lookup(index, table, Tables.cut(frame.allRows(all), table)));
        }
        default -> {}
      }
    }
    for (StageRunner stage : stages) {
      stage.pack(frame, captures);
    }
    for (int i = 0; i < turns.length; i++) {
      turns[i] = turn(captures, i == 1);
    }
  }

  private Turn turn(List<ArrayView> captures, boolean second) {
    Plan plan = step.plan();
    plan.states().forEach(buffer -> frame.startStates(buffer, second));
    BoundStage calls = new BoundStage();
    for (StageRunner stage : stages) {
      stage.bindTo(calls, frame, captures);
    }
    List<Rows> states = new ArrayList<>();
    for (int buffer : plan.states()) {
      int width = plan.buffers().get(buffer).width();
      states.add(rows(new Location(buffer, Location.At.NOW, 0, width)));
    }
    return new Turn(calls, plan.outputs().stream().map(this::rows).toList(), states);
  }

  private Rows rows(Location at) {
    return new Rows(
        frame.array(at.buffer()),
        frame.start(at, 0) + at.column(),
        frame.rowStride(at.buffer()),
        frame.batch(),
        at.width());
  }

  /** Executes one step. */
  void run() {
    turns[next].calls.run();
    next = 1 - next;
  }

  /** Where the next step reads an input. */
  Rows input(int index) {
    return inputs.get(index);
  }

  /**
   * Gives the next step indices.
   *
   * @throws IndexOutOfBoundsException if one is not that of a row which the step reads
   */
  void indices(int index, int[] at) {
    for (int i = 0; i < lookups.size(); i++) {
      Lookup lookup = lookups.get(i);
      if (lookup.index == index) {
        Tables.check(at, lookup.table);
        backend.gatherRows(lookup.table, at, lookup.out);
      }
    }
  }

  /** What the last step put out. */
  Rows output(int index) {
    return turns[1 - next].outputs.get(index);
  }

  /** The state before the next step. */
  Rows state(int index) {
    return turns[next].states.get(index);
  }
}
