package org.tapeloop.nn.seq2seq;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;
import org.tapeloop.nn.attention.AttentionalVector;
import org.tapeloop.nn.attention.DecoderAttention;

/**
 * A cell of a decoder that holds its output against a memory at each step.
 *
 * <pre>
 * y, s' = cell([x, v], s)                     without input feeding cell(x, s)
 * c, a' = attention(y, a)
 * v' = tanh(W [c, y])
 * output v'
 * </pre>
 *
 * <p>Shapes: x [B, I], y and v [B, R], memory [N, B, M]. The inner cell has I + R inputs with input
 * feeding and I without. Parameters: the cell's, {@code attention.*} and {@code
 * combine.weight_combine} [R, C + R]. The memory is given for the time of a call, see {@link
 * #over}; it gets gradients. With another number of places a compiled layer makes another plan.
 *
 * <p>Source: Luong, Pham and Manning 2015, arXiv 1508.04025.
 *
 * @param <S> the inner cell's state
 */
public final class AttentionCell<S> extends Layer implements RecurrentCell<AttentionCell.State<S>> {

  /** What the cell gets besides its input. */
  public enum Feeding {
    /** Nothing. */
    NONE,
    /** The attentional vector of the step before: where it looked and what it said. */
    INPUT
  }

  /**
   * The state.
   *
   * @param cell of the inner cell
   * @param fed the attentional vector, where it is fed
   * @param attention of the attention
   */
  public record State<S>(S cell, List<Tensor> fed, List<Tensor> attention) {}

  private final ScopedValue<DecoderAttention.Reader> memory = ScopedValue.newInstance();
  private final RecurrentCell<S> inner;
  private final int outputSize;
  private final DecoderAttention attention;
  private final AttentionalVector combine;
  private final Feeding feeding;

  /**
   * Attention for a cell.
   *
   * @param inner a cell of R outputs
   * @param outputSize R
   * @param attention asked with queries of size R
   * @param memorySize M
   * @throws IllegalArgumentException if the attention is one of other sizes
   */
  public <C extends Layer & RecurrentCell<S>, A extends Layer & DecoderAttention> AttentionCell(
      C inner, int outputSize, A attention, int memorySize, Feeding feeding, Generator generator) {
    attention.checkSizes(outputSize, memorySize);
    this.inner = child(inner, name -> name);
    this.outputSize = outputSize;
    this.attention = child("attention", attention);
    this.feeding = feeding;
    combine =
        child(
            "combine",
            new AttentionalVector(outputSize, attention.contextSize(memorySize), generator));
  }

  /** The cell inside. */
  public RecurrentCell<S> inner() {
    return inner;
  }

  /**
   * A memory ready to be read.
   *
   * @param contents [N, B, M], outputs of an encoder say
   * @param lengths how much of it belongs to each sequence, or null for all
   */
  DecoderAttention.Reader reader(Tensor contents, @Nullable Lengths lengths) {
    return attention.reader(contents, lengths);
  }

  /**
   * Runs the body with a memory.
   *
   * @param contents [N, B, M], outputs of an encoder say
   * @param lengths how much of it belongs to each sequence, or null for all
   * @return what the body returns
   * @throws IllegalArgumentException if the contents have other extents
   */
  public <R> R over(Tensor contents, @Nullable Lengths lengths, Supplier<R> body) {
    return over(reader(contents, lengths), body);
  }

  <R> R over(DecoderAttention.Reader reader, Supplier<R> body) {
    return ScopedValue.where(memory, reader).call(body::get);
  }

  private DecoderAttention.Reader memory() {
    if (!memory.isBound()) {
      throw new IllegalStateException("attention cell: there is no memory; see over");
    }
    return memory.get();
  }

  /** The initial state, which depends on the memory: inside {@link #over} only. */
  @Override
  public State<S> initialState(int batch) {
    return startingWith(inner.initialState(batch), batch);
  }

  /** The initial state with another one of the inner cell, such as an encoder's last. */
  public State<S> startingWith(S cell, int batch) {
    DType dtype = combine.parameters().values().iterator().next().value().dtype();
    List<Tensor> fed =
        switch (feeding) {
          case NONE -> List.of();
          case INPUT -> List.of(Tensor.zeros(dtype, Shape.of(batch, outputSize)));
        };
    return new State<>(cell, fed, memory().initialState(batch));
  }

  @Override
  public Step<State<S>> step(Tensor x, State<S> state) {
    return SequenceRun.ofOneStep(this, x, state);
  }

  @Override
  public RecurrentCell<State<S>> forSequence(SequenceRun run) {
    DecoderAttention.Reader reader = memory();
    RecurrentCell<S> cell = inner.forSequence(run);
    return SequenceRun.prepared(this, (x, state) -> look(cell, reader, x, state).step());
  }

  /**
   * A step, and where it looked.
   *
   * @param weights of the memory's places [B, N]
   */
  record Look<S>(Step<State<S>> step, Tensor weights) {}

  /** One step inside {@link #over}. */
  Look<S> look(Tensor x, State<S> state) {
    return look(inner, memory(), x, state);
  }

  private Look<S> look(
      RecurrentCell<S> cell, DecoderAttention.Reader reader, Tensor x, State<S> state) {
    List<Tensor> input = new ArrayList<>(List.of(x));
    input.addAll(state.fed());
    Step<S> step = cell.step(input.size() == 1 ? x : Tensor.cat(input, 1), state.cell());
    requireOutputs(step.output());
    DecoderAttention.Read read = reader.read(step.output(), state.attention());
    Tensor vector = combine.forward(read.context(), step.output());
    List<Tensor> fed = feeding == Feeding.NONE ? List.of() : List.of(vector);
    State<S> next = new State<>(step.state(), fed, read.state());
    return new Look<>(new Step<>(vector, next), read.weights());
  }

  private void requireOutputs(Tensor output) {
    if (output.extent(-1) != outputSize) {
      throw new IllegalArgumentException(
          "attention cell: the inner cell has %d outputs, not %d"
              .formatted(output.extent(-1), outputSize));
    }
  }
}
