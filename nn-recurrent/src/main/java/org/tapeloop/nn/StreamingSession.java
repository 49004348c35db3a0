package org.tapeloop.nn;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.StepStream;

/**
 * A trained cell, layer or stack of layers run one step at a time on what arrives, with the state
 * carried from step to step: for text as it is written, signals as they are measured.
 *
 * <pre>{@code
 * model.eval();
 * var session = StreamingSession.of(layers, 40, 1);
 * float[] out = new float[128];
 * while (source.read(frame)) {        // float[40]
 *   session.step(frame, out);
 * }
 * }</pre>
 *
 * <p>The results are those of the layer over the whole sequence, up to rounding. The whole step, a
 * head included, is one plan; weights are packed when the session is made, and training goes
 * unnoticed until {@link #refresh}. With the vector backend on one thread, steps on arrays allocate
 * nothing; on others as much as their kernels do. Where the step cannot be compiled it is called
 * each time, which the log says once and {@link #refusal} always.
 *
 * <p>What a cell draws or computes once a sequence, it does here once a session, and again with
 * {@link #refresh}. Kernels run on the backend that was current when the session was made. One
 * thread at a time.
 *
 * @param <S> the state, see {@link RecurrentCell}
 */
public final class StreamingSession<S> {
  private final RecurrentCell<S> cell;
  private final @Nullable Embedding embedding;
  private final int batch;
  private final int inputSize;
  private final DType dtype;
  private final StepStream<Tensor, S, Tensor> stream;

  /** The cell as it steps now. */
  private RecurrentCell<S> prepared;

  /** The input of a step whose rows are looked up, {@code float[]} or {@code double[]}. */
  private final Object looked;

  /** The embedding's table when the session was refreshed last, an array like that. */
  private Object table;

  private StreamingSession(
      RecurrentCell<S> cell,
      @Nullable Embedding embedding,
      UnaryOperator<Tensor> head,
      int inputSize,
      int batch) {
    Sizes.requirePositive("StreamingSession", "inputSize", inputSize);
    Sizes.requirePositive("StreamingSession", "batch", batch);
    this.cell = cell;
    this.embedding = embedding;
    this.batch = batch;
    this.inputSize = inputSize;
    S initial = Autograd.noGrad(() -> cell.initialState(batch));
    List<Tensor> states = TensorTree.flatten(initial);
    this.dtype = states.isEmpty() ? DType.F32 : states.getFirst().dtype();
    this.prepared = prepare();
    this.looked = array(Tensor.zeros(dtype, Shape.of(embedding == null ? 0 : batch * inputSize)));
    this.table = table();
    this.stream =
        Scan.over(
            (Tensor x, S state) -> {
              Step<S> step = Recurrent.step(prepared, x, state);
              return new Scan.Next<>(head.apply(step.output()), step.state());
            })
            .stream(Tensor.zeros(dtype, Shape.of(batch, inputSize)), initial);
  }

  /**
   * A session of a cell.
   *
   * @param inputSize I
   * @param batch B, how many sequences run side by side
   */
  public static <S> StreamingSession<S> of(RecurrentCell<S> cell, int inputSize, int batch) {
    return new StreamingSession<>(cell, null, UnaryOperator.identity(), inputSize, batch);
  }

  /**
   * A session of a layer or a stack of them.
   *
   * @throws UnsupportedOperationException if the layer needs later steps first, as a backward one
   */
  public static <S> StreamingSession<S> of(SequenceLayer<S> layer, int inputSize, int batch) {
    return of(layer.asCell(), inputSize, batch);
  }

  /**
   * A session of a layer with a head on top.
   *
   * @param head from outputs [B, R] to what a step gives: {@code linear::forward}, say
   * @throws UnsupportedOperationException if the layer needs later steps first, as a backward one
   */
  public static <S> StreamingSession<S> of(
      SequenceLayer<S> layer, UnaryOperator<Tensor> head, int inputSize, int batch) {
    return new StreamingSession<>(layer.asCell(), null, head, inputSize, batch);
  }

  /**
   * A session of a layer on symbols.
   *
   * @param embedding what the layer is given of each symbol
   * @param head from outputs [B, R] to what a step gives: {@code linear::forward}, say
   * @throws UnsupportedOperationException if the layer needs later steps first, as a backward one
   */
  public static <S> StreamingSession<S> of(
      Embedding embedding, SequenceLayer<S> layer, UnaryOperator<Tensor> head, int batch) {
    int features = embedding.weight().shape().extent(1);
    return new StreamingSession<>(layer.asCell(), embedding, head, features, batch);
  }

  private RecurrentCell<S> prepare() {
    SequenceRun run = SequenceRun.over(Tensor.zeros(dtype, Shape.of(1, batch, inputSize)));
    RecurrentCell<S> forStream = Autograd.noGrad(() -> cell.forSequence(run));
    if (!run.tensors().isEmpty()) {
      throw new IllegalStateException(
          "StreamingSession: "
              + cell.getClass().getSimpleName()
              + " draws something for every step of a sequence, as cells in training do;"
              + " call eval() first");
    }
    return forStream;
  }

  private Object table() {
    return embedding == null ? looked : array(embedding.weight().value());
  }

  private Object array(Tensor tensor) {
    return switch (dtype) {
      case F32 -> tensor.toFloatArray();
      case F64 -> tensor.toDoubleArray();
    };
  }

  // ---- steps ----

  /**
   * One step in F32.
   *
   * @param x the input [B, I], row after row
   * @param out takes the output [B, R]
   * @throws IllegalArgumentException if one of them has another length
   * @throws IllegalStateException if parameters are F64
   */
  public void step(float[] x, float[] out) {
    stream.step(x, out);
  }

  /** As {@link #step(float[], float[])}, in F64. */
  public void step(double[] x, double[] out) {
    stream.step(x, out);
  }

  /**
   * One step on symbols, in F32.
   *
   * @param ids one a sequence
   * @param out takes the output
   * @throws IllegalArgumentException if there is no such symbol, or a length is another
   * @throws IllegalStateException if the session has no embedding, or parameters are F64
   */
  public void step(int[] ids, float[] out) {
    lookUp(ids);
    stream.step(requireType(float[].class), out);
  }

  /** As {@link #step(int[], float[])}, in F64. */
  public void step(int[] ids, double[] out) {
    lookUp(ids);
    stream.step(requireType(double[].class), out);
  }

  /**
   * One step.
   *
   * @param x the input [B, I]
   * @return the output [B, R], a new tensor
   * @throws IllegalArgumentException if x has another shape or element type
   */
  public Tensor step(Tensor x) {
    return stream.step(x);
  }

  /**
   * One step on symbols.
   *
   * @param ids one a sequence [B]
   * @return the output [B, R], a new tensor
   * @throws IllegalArgumentException if there is no such symbol, or the shape is another
   * @throws IllegalStateException if the session has no embedding
   */
  public Tensor step(IntTensor ids) {
    if (ids.rank() != 1) {
      throw new IllegalArgumentException(
          "step: ids %s for a batch of %d".formatted(ids.shape(), batch));
    }
    lookUp(ids.toArray());
    Shape shape = Shape.of(batch, inputSize);
    return stream.step(
        switch (dtype) {
          case F32 -> Tensor.of(shape, requireType(float[].class));
          case F64 -> Tensor.ofDoubles(shape, requireType(double[].class));
        });
  }

  private <A> A requireType(Class<A> wanted) {
    if (!wanted.isInstance(looked)) {
      throw new IllegalStateException(
          "step: the parameters are %s, out is %s; use the form with %s"
              .formatted(dtype, wanted.getSimpleName(), looked.getClass().getSimpleName()));
    }
    return wanted.cast(looked);
  }

  private void lookUp(int[] ids) {
    if (embedding == null) {
      throw new IllegalStateException("step: the session was made without an embedding");
    }
    if (ids.length != batch) {
      throw new IllegalArgumentException(
          "step: %d ids for a batch of %d".formatted(ids.length, batch));
    }
    int symbols = embedding.weight().shape().extent(0);
    for (int b = 0; b < batch; b++) {
      if (ids[b] < 0 || ids[b] >= symbols) {
        throw new IllegalArgumentException(
            "step: id %d is not in 0..%d".formatted(ids[b], symbols - 1));
      }
      System.arraycopy(table, ids[b] * inputSize, looked, b * inputSize, inputSize);
    }
  }

  // ---- state ----

  /** The state after the last step: new tensors. */
  public S state() {
    return stream.state();
  }

  /**
   * Goes on from another state.
   *
   * @throws IllegalArgumentException if its shapes or element type are others
   */
  public void setState(S state) {
    stream.setState(state);
  }

  /** Goes back to the cell's initial state. */
  public void reset() {
    stream.setState(Autograd.noGrad(() -> prepared.initialState(batch)));
  }

  /** Takes the parameters as they are now; the state stays. */
  public void refresh() {
    prepared = prepare();
    table = table();
    stream.refresh();
  }

  /** Why steps are called instead of executed by a plan, where they are. */
  public Optional<String> refusal() {
    return stream.refusal();
  }
}
