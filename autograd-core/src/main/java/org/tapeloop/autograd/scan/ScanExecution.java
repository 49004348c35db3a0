package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.ComputedOp;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/** A planned call of a scan as it is executed; on the tape it is one operation. */
final class ScanExecution<S, Y> implements ComputedOp.Pullback {
  private static final ComputedOp OP = new ComputedOp("scan");

  private final Planned<S, Y> planned;
  private final int steps;
  private final Backend backend = Backends.current();
  private final ScanRun run;

  /** The inputs, the initial states, and the captured tensors. */
  private final Tensor[] all;

  /** The outputs, and then the final states. */
  private List<ArrayView> computed = List.of();

  ScanExecution(Planned<S, Y> planned, int steps, int window) {
    this.planned = planned;
    this.steps = steps;
    run = new ScanRun(planned.step().on(backend, planned.like()), planned, steps, window);
    int states = planned.inputs().size();
    int captured = states + planned.states().size();
    all = new Tensor[captured + planned.captured().size()];
    put(planned.inputs(), 0);
    put(planned.states(), states);
    put(planned.captured(), captured);
  }

  private void put(List<Tensor> tensors, int from) {
    for (int i = 0; i < tensors.size(); i++) {
      all[from + i] = tensors.get(i);
    }
  }

  /** Whether its batch is too small to be shared among threads. */
  boolean isNarrow(int threads) {
    return planned.batch() < threads * LoopShares.FEW_ROWS;
  }

  /** Executes it alone. */
  Scan.Result<S, Y> execute() {
    forward();
    return result(OP.record(all, computed, shapes(), this));
  }

  /** The shapes of outputs and final states. */
  private Shape[] shapes() {
    return planned.form().outputs().after(steps);
  }

  /** Executes independent calls side by side: one operation on the tape. */
  static <S, Y> List<Scan.Result<S, Y>> execute(List<ScanExecution<S, Y>> calls) {
    Backend backend = calls.getFirst().backend;
    backend.runAll(calls.size(), i -> calls.get(i).forward());
    List<Tensor> operands = new ArrayList<>();
    List<ArrayView> computed = new ArrayList<>();
    List<Shape> shapes = new ArrayList<>();
    for (ScanExecution<S, Y> call : calls) {
      operands.addAll(Arrays.asList(call.all));
      computed.addAll(call.computed);
      shapes.addAll(Arrays.asList(call.shapes()));
    }
    List<Tensor> results =
        OP.record(
            operands.toArray(Tensor[]::new),
            computed,
            shapes.toArray(Shape[]::new),
            new Together<>(calls));
    List<Scan.Result<S, Y>> found = new ArrayList<>();
    int first = 0;
    for (ScanExecution<S, Y> call : calls) {
      found.add(call.result(results.subList(first, first + call.computed.size())));
      first += call.computed.size();
    }
    return found;
  }

  private void forward() {
    computed = run.forward();
    if (!planned.form().training()) {
      run.release();
    }
  }

  private Scan.Result<S, Y> result(List<Tensor> results) {
    return TensorTree.rebuild(new Scan.Result<>(planned.output(), planned.state()), results);
  }

  @Override
  public List<@Nullable Tensor> apply(List<@Nullable Tensor> cotangents) {
    return Autograd.isRecording() ? again(cotangents) : run.gradients(run.backward(cotangents));
  }

  @Override
  public void release() {
    run.release();
  }

  /**
   * A backward pass that is to be differentiated itself: that of the recorded step run on the tape.
   */
  private List<@Nullable Tensor> again(List<@Nullable Tensor> cotangents) {
    // One of them may have been computed from another: what flows through it is not ours to count.
    List<Tensor> apart = Arrays.stream(all).map(t -> t.onGradient(g -> g)).toList();
    List<Tensor> outputs = planned.form().replay().run(steps, planned.indices(), apart);
    List<Tensor> of = new ArrayList<>();
    List<Tensor> with = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Tensor cotangent = cotangents.get(i);
      if (cotangent != null) {
        of.add(outputs.get(i));
        with.add(cotangent);
      }
    }
    List<Tensor> wrt = apart.stream().filter(Tensor::requiresGrad).toList();
    Map<Tensor, Tensor> gradients = Autograd.gradients(of, with, wrt, GraphMode.CREATE);
    List<@Nullable Tensor> found = new ArrayList<>();
    apart.forEach(t -> found.add(gradients.get(t)));
    return found;
  }

  /** The pullback of several calls, side by side too. */
  private record Together<S, Y>(List<ScanExecution<S, Y>> calls) implements ComputedOp.Pullback {

    @Override
    public List<@Nullable Tensor> apply(List<@Nullable Tensor> cotangents) {
      List<List<@Nullable Tensor>> parts = new ArrayList<>();
      int first = 0;
      for (ScanExecution<S, Y> call : calls) {
        parts.add(cotangents.subList(first, first + call.computed.size()));
        first += call.computed.size();
      }
      boolean recording = Autograd.isRecording();
      ScanRun.@Nullable Pulled[] pulled = new ScanRun.@Nullable Pulled[calls.size()];
      if (!recording) {
        calls
            .getFirst()
            .backend
            .runAll(
                pulled.length,
                i -> {
                  if (isPulled(i, parts.get(i))) {
                    pulled[i] = calls.get(i).run.backward(parts.get(i));
                  }
                });
      }
      List<@Nullable Tensor> gradients = new ArrayList<>();
      for (int i = 0; i < pulled.length; i++) {
        ScanExecution<S, Y> call = calls.get(i);
        ScanRun.Pulled made = pulled[i];
        if (made != null) {
          gradients.addAll(call.run.gradients(made));
        } else if (recording && isPulled(i, parts.get(i))) {
          gradients.addAll(call.again(parts.get(i)));
        } else {
          gradients.addAll(Collections.nCopies(call.all.length, null));
        }
      }
      return gradients;
    }

    /** Whether a cotangent has reached a call, and one of its operands needs a gradient. */
    private boolean isPulled(int call, List<@Nullable Tensor> cotangents) {
      return calls.get(call).planned.form().training()
          && cotangents.stream().anyMatch(Objects::nonNull);
    }

    @Override
    public void release() {
      calls.forEach(ScanExecution::release);
    }
  }
}
