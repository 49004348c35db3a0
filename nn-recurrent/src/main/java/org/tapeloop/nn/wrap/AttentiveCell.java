package org.tapeloop.nn.wrap;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * A cell that attends to a memory at each step and gets what it read with its next input.
 *
 * <pre>
 * y, s' = cell([x, r], s)
 * w = softmax over n of  (W_q y) . (W_k m_n) / sqrt(A)
 * r' = sum over n of  w_n m_n
 * output [y, r']
 * </pre>
 *
 * <p>Shapes: x [B, I], memory m [N, B, M], r [B, M]; the inner cell has I + M inputs and R outputs;
 * parameters: the cell's, {@code query.weight} [A, R] and {@code key.weight} [A, M]. The memory is
 * given for the time of a call, see {@link #over}; it gets gradients.
 *
 * <p>Source: Luong, Pham and Manning 2015, arXiv 1508.04025 (input feeding), with the scaled
 * product of Vaswani et al. 2017, arXiv 1706.03762.
 *
 * @param <S> the inner cell's state
 */
public final class AttentiveCell<S> extends Layer implements RecurrentCell<AttentiveCell.State<S>> {
  private static final double NEVER = -1e30;

  /**
   * The state.
   *
   * @param cell of the inner cell
   * @param read what was read from the memory last, [B, M]
   */
  public record State<S>(S cell, Tensor read) {}

  /** A memory [B, N, M], and 1 where it is one [B, N]. */
  private record Memory(Tensor contents, Tensor present) {}

  private final ScopedValue<Memory> memory = ScopedValue.newInstance();
  private final RecurrentCell<S> inner;
  private final int memorySize;
  private final Linear query;
  private final Linear key;

  /**
   * Attention for a cell.
   *
   * @param inner a cell of I + memorySize inputs
   * @param outputSize R, of the inner cell
   * @param memorySize M
   * @param attentionSize A
   */
  public <C extends Layer & RecurrentCell<S>> AttentiveCell(
      C inner, int outputSize, int memorySize, int attentionSize, Generator generator) {
    this.inner = inner;
    this.memorySize = memorySize;
    child(inner, name -> name);
    query = child("query", Linear.withoutBias(outputSize, attentionSize, generator));
    key = child("key", Linear.withoutBias(memorySize, attentionSize, generator));
  }

  /**
   * Runs the body with a memory.
   *
   * @param contents [N, B, M], outputs of another layer say
   * @param lengths how much of it belongs to each sequence, or null for all; padding may hold
   *     anything
   * @return what the body returns
   * @throws IllegalArgumentException if the contents have other extents, or the lengths do not fit
   */
  public <R> R over(Tensor contents, @Nullable Lengths lengths, Supplier<R> body) {
    if (contents.rank() != 3 || contents.extent(2) != memorySize) {
      throw new IllegalArgumentException(
          "attentive cell: a memory must be [places, batch, %d], not %s"
              .formatted(memorySize, contents.shape()));
    }
    return ScopedValue.where(memory, memory(contents, lengths)).call(body::get);
  }

  private static Memory memory(Tensor contents, @Nullable Lengths lengths) {
    int places = contents.extent(0);
    int batch = contents.extent(1);
    DType dtype = contents.dtype();
    if (lengths == null) {
      return new Memory(byBatch(contents), Tensor.ones(dtype, Shape.of(batch, places)));
    }
    lengths.check(places, batch);
    Tensor inside = lengths.mask(dtype, places);
    // 0 times what stands in padding may be NaN.
    Tensor clean = inside.where(contents, contents.zerosLike());
    return new Memory(byBatch(clean), inside.squeeze(2).t());
  }

  private static Tensor byBatch(Tensor contents) {
    return contents.transpose(0, 1).contiguous();
  }

  @Override
  public State<S> initialState(int batch) {
    DType dtype = query.weight().value().dtype();
    return new State<>(inner.initialState(batch), Tensor.zeros(dtype, Shape.of(batch, memorySize)));
  }

  @Override
  public Step<State<S>> step(Tensor x, State<S> state) {
    return SequenceRun.ofOneStep(this, x, state);
  }

  @Override
  public RecurrentCell<State<S>> forSequence(SequenceRun run) {
    if (!memory.isBound()) {
      throw new IllegalStateException("attentive cell: there is no memory; see over");
    }
    RecurrentCell<S> cell = inner.forSequence(run);
    Tensor contents = memory.get().contents();
    Tensor present = memory.get().present();
    Tensor keys = key.forward(contents);
    Tensor never = Tensor.full(keys.dtype(), Shape.of(1, 1), NEVER);
    double scale = 1 / Math.sqrt(keys.extent(2));
    return SequenceRun.prepared(
        this,
        (x, state) -> {
          Step<S> step = cell.step(Tensor.cat(List.of(x, state.read()), -1), state.cell());
          Tensor asked = query.forward(step.output()).mul(scale).unsqueeze(1);
          Tensor scores = asked.mul(keys).sum(2);
          Tensor weights = softmax(present.where(scores, never));
          Tensor read = weights.unsqueeze(2).mul(contents).sum(1);
          Tensor output = Tensor.cat(List.of(step.output(), read), -1);
          return new Step<>(output, new State<>(step.state(), read));
        });
  }

  /** Along the rows, of operations that a compiled step may have. */
  private static Tensor softmax(Tensor scores) {
    int[] row = {1};
    Tensor e = scores.sub(scores.max(row, true)).exp();
    return e.div(e.sum(row, true));
  }
}
