package org.tapeloop.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Binary;
import org.tapeloop.autograd.spi.RowProgram.Instruction;
import org.tapeloop.autograd.spi.RowProgram.Reduce;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowProgram.Unary;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * The losses of class targets under the scores {@code x W^T + b}, where nobody else wants the
 * scores: in the one array [N, C] that they need, each row becomes its own derivative, {@code
 * softmax(scores) - [c = target]}, while it is in cache. The tape gives the array back after the
 * backward pass, and the next call takes it.
 *
 * <p>Composed, the scores of many classes are written and read six times and take two new arrays.
 */
final class AffineLikelihoodOp implements ComputedOp.Pullback {
  private static final ComputedOp OP = new ComputedOp("affineCrossEntropy");

  private final Backend backend = Backends.current();
  private final int[] classOf;
  private final Tensor x;
  private final Tensor weight;
  private final @Nullable Tensor bias;

  /** Scores, and then their derivatives [N, C]; null once it was given back. */
  private @Nullable ArrayView rows;

  private AffineLikelihoodOp(int[] classOf, Tensor x, Tensor weight, @Nullable Tensor bias) {
    this.classOf = classOf;
    this.x = x;
    this.weight = weight;
    this.bias = bias;
  }

  /**
   * The losses [N].
   *
   * @param classOf a class an item, or {@link LossOps#LEFT_OUT}
   * @param x [N, I]
   * @param weight [C, I]
   * @param bias [C], or null
   */
  static Tensor items(int[] classOf, Tensor x, Tensor weight, @Nullable Tensor bias) {
    Tensor[] in = bias == null ? new Tensor[] {x, weight} : new Tensor[] {x, weight, bias};
    // Symbols have no scores to turn, and whoever looks for a NaN wants to see each operation.
    if (Trace.of(in) != null || Autograd.isDetectingAnomaly()) {
      return LossOps.NEGATIVE_LOG_LIKELIHOOD.apply(classOf, x.affine(weight, bias));
    }
    var call = new AffineLikelihoodOp(classOf, x, weight, bias);
    ArrayView computed = call.forward();
    Shape[] shapes = {Shape.of(computed.layout().extents())};
    Tensor losses = OP.record(in, List.of(computed), shapes, call).getFirst();
    if (!losses.requiresGrad()) {
      call.release();
    }
    return losses;
  }

  // ---- forward ----

  private ArrayView forward() {
    int items = classOf.length;
    int classes = weight.extent(0);
    ArrayView losses = x.dtype().allocate(Shape.of(items));
    ArrayView scores = IdleArrays.take(x.dtype(), Shape.of(items, classes));
    rows = scores;
    backend.gemm(1, x.view(), transposed(weight.view()), 0, scores);
    RowKernel kernel = backend.rowPrograms().prepare(program(classes, bias != null), scores);
    ArrayView offsets = bias == null ? null : bias.contiguous().view();
    int parts = Math.min(items, 2 * backend.threads());
    backend.runAll(
        parts,
        i -> {
          int from = (int) ((long) items * i / parts);
          int to = (int) ((long) items * (i + 1) / parts);
          turn(kernel, scores, offsets, losses, from, to);
        });
    return losses;
  }

  /** Turns some rows of scores into derivatives, and fills in their losses. */
  private void turn(
      RowKernel kernel,
      ArrayView scores,
      @Nullable ArrayView offsets,
      ArrayView losses,
      int from,
      int to) {
    int classes = scores.layout().extent(1);
    int first = scores.layout().offset() + from * classes;
    ArrayView ofTargets = losses.allocate(to - from);
    ArrayView largest = losses.allocate(to - from);
    for (int i = from; i < to; i++) {
      int target = Math.max(0, classOf[i]);
      double offset = offsets == null ? 0 : offsets.get(offsets.layout().offset() + target);
      ofTargets.set(i - from, scores.get(scores.layout().offset() + i * classes + target) + offset);
    }
    ArrayView added = offsets == null ? scores : offsets;
    kernel.run(
        new Object[] {array(scores), array(losses), array(largest), array(added)},
        new int[] {first, losses.layout().offset() + from, 0, added.layout().offset()},
        new int[] {classes, 1, 1, 0},
        to - from);
    for (int i = from; i < to; i++) {
      int at = losses.layout().offset() + i;
      int target = classOf[i];
      if (target == LossOps.LEFT_OUT) {
        losses.set(at, 0);
        backend.fill(scores.with(scores.layout().slice(0, i, 1, 1)), 0);
      } else {
        losses.set(at, losses.get(at) - (ofTargets.get(i - from) - largest.get(i - from)));
        int place = scores.layout().offset() + i * classes + target;
        scores.set(place, scores.get(place) - 1);
      }
    }
  }

  /**
   * A row of scores s, its biases added, becomes its softmax; the logarithm of the sum of {@code
   * e^(s - max s)} and the largest score go to columns beside it.
   */
  private static RowProgram program(int classes, boolean biased) {
    Slot row = new Slot(false, 0, 0, classes);
    Slot logarithm = new Slot(false, 1, 0, 1);
    Slot largest = new Slot(false, 2, 0, 1);
    Slot offsets = new Slot(false, 3, 0, classes);
    Slot sum = new Slot(true, 0, 0, 1);
    List<Instruction> all = new ArrayList<>();
    if (biased) {
      all.add(new Binary(BinaryKernel.ADD, row, offsets, row));
    }
    all.add(new Reduce(ReduceKernel.MAX, row, largest));
    all.add(new Binary(BinaryKernel.SUB, row, largest, row));
    all.add(new Unary(UnaryKernel.EXP, row, row));
    all.add(new Reduce(ReduceKernel.SUM, row, sum));
    all.add(new Unary(UnaryKernel.LOG, sum, logarithm));
    all.add(new Unary(UnaryKernel.RECIPROCAL, sum, sum));
    all.add(new Binary(BinaryKernel.MUL, row, sum, row));
    return new RowProgram(4, List.of(1), all);
  }

  // ---- backward ----

  @Override
  public List<@Nullable Tensor> apply(List<@Nullable Tensor> cotangents) {
    Tensor g = cotangents.getFirst();
    if (g == null) {
      return Arrays.asList(new @Nullable Tensor[bias == null ? 2 : 3]);
    }
    return Autograd.isRecording() ? composed(g) : computed(g);
  }

  /** The gradients as operations that can be differentiated again. */
  private List<@Nullable Tensor> composed(Tensor g) {
    Tensor derivatives = LossOps.likelihoodGradient(x.affine(weight, bias), g, classOf);
    List<@Nullable Tensor> gradients = new ArrayList<>();
    gradients.add(derivatives.matmul(weight));
    gradients.add(derivatives.transpose(0, 1).matmul(x));
    if (bias != null) {
      gradients.add(derivatives.sum(0));
    }
    return gradients;
  }

  /** The cotangents scale rows of the small factors, not the derivatives. */
  private synchronized List<@Nullable Tensor> computed(Tensor g) {
    ArrayView derivatives =
        Objects.requireNonNull(rows, "the derivatives of an affineCrossEntropy were given back");
    ArrayView column = g.unsqueeze(1).view();
    List<@Nullable Tensor> gradients = new ArrayList<>();
    gradients.add(x.requiresGrad() ? ofInput(derivatives, column) : null);
    gradients.add(weight.requiresGrad() ? ofWeight(derivatives, column) : null);
    if (bias != null) {
      gradients.add(bias.requiresGrad() ? ofBias(derivatives, column) : null);
    }
    return gradients;
  }

  private Tensor ofInput(ArrayView derivatives, ArrayView column) {
    ArrayView gradient = x.dtype().allocate(x.shape());
    backend.gemm(1, derivatives, weight.view(), 0, gradient);
    scale(gradient, column, gradient);
    return Tensor.over(gradient);
  }

  private Tensor ofWeight(ArrayView derivatives, ArrayView column) {
    ArrayView scaled = x.dtype().allocate(x.shape());
    scale(x.view(), column, scaled);
    ArrayView gradient = x.dtype().allocate(weight.shape());
    backend.gemm(1, transposed(derivatives), scaled, 0, gradient);
    return Tensor.over(gradient);
  }

  private Tensor ofBias(ArrayView derivatives, ArrayView column) {
    ArrayView gradient = x.dtype().allocate(Shape.of(1, weight.extent(0)));
    backend.gemm(1, transposed(column), derivatives, 0, gradient);
    return Tensor.over(gradient.with(gradient.layout().select(0, 0)));
  }

  private void scale(ArrayView matrix, ArrayView column, ArrayView out) {
    ArrayView stretched = column.with(column.layout().broadcastTo(out.layout().extents()));
    backend.binary(BinaryKernel.MUL, matrix, stretched, out);
  }

  private static Object array(ArrayView view) {
    return switch (view) {
      case FloatView floats -> floats.array();
      case DoubleView doubles -> doubles.array();
    };
  }

  private static ArrayView transposed(ArrayView matrix) {
    return matrix.with(matrix.layout().transpose(0, 1));
  }

  @Override
  public synchronized void release() {
    ArrayView array = rows;
    if (array != null) {
      rows = null;
      IdleArrays.give(array);
    }
  }
}
