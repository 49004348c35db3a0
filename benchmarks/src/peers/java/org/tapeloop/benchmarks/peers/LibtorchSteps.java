package org.tapeloop.benchmarks.peers;

import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.GRUCellImpl;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.LSTMCellImpl;
import org.bytedeco.pytorch.RNNCellImpl;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.tapeloop.benchmarks.LayerSize;

/**
 * {@code nn.RNNCell}, {@code nn.GRUCell} or {@code nn.LSTMCell} in inference mode.
 *
 * @param <S> the state, a tensor or a pair of them
 */
final class LibtorchSteps<S extends Pointer> implements Steps {
  private final Tensor x;
  private final Cell<S> cell;
  private final Function<S, Tensor> hidden;
  private S state;

  /** Held: the mode ends with the object. */
  @SuppressWarnings("UnusedVariable")
  private final InferenceMode mode = new InferenceMode();

  /** From input and state to the next state. */
  @FunctionalInterface
  private interface Cell<S> {
    S forward(Tensor x, S state);
  }

  private LibtorchSteps(Task task, Cell<S> cell, S initial, Function<S, Tensor> hidden) {
    torch.set_num_threads(task.threads());
    LayerSize size = task.layerSize();
    x = torch.zeros(size.batch(), size.inputs());
    this.cell = cell;
    this.hidden = hidden;
    state = initial;
  }

  static Steps of(Task task, List<org.tapeloop.autograd.Tensor> parameters) {
    LayerSize size = task.layerSize();
    List<Tensor> values = parameters.stream().map(LibtorchTraining::copy).toList();
    Tensor h = torch.zeros(size.batch(), size.hidden());
    return switch (task.cell()) {
      case ELMAN -> {
        RNNCellImpl cell = new RNNCellImpl(size.inputs(), size.hidden());
        LibtorchModule.load(cell, values);
        yield new LibtorchSteps<>(task, cell::forward, h, state -> state);
      }
      case GRU -> {
        GRUCellImpl cell = new GRUCellImpl(size.inputs(), size.hidden());
        LibtorchModule.load(cell, values);
        yield new LibtorchSteps<>(task, cell::forward, h, state -> state);
      }
      case LSTM -> {
        LSTMCellImpl cell = new LSTMCellImpl(size.inputs(), size.hidden());
        LibtorchModule.load(cell, values);
        T_TensorTensor_T state = new T_TensorTensor_T(h, h.clone());
        yield new LibtorchSteps<>(task, cell::forward, state, pair -> pair.get0());
      }
      case LNLSTM, MGU, USER ->
          throw new IllegalArgumentException("libtorch has no cell " + task.cell());
    };
  }

  @Override
  public void input(float[] values) {
    new FloatPointer(x.data_ptr()).put(values);
  }

  /** Frees the old state at once, as C++ does. */
  @Override
  public void next() {
    S next = cell.forward(x, state);
    state.close();
    state = next;
  }

  @Override
  public float[] output() {
    return LibtorchTraining.toArray(hidden.apply(state));
  }
}
