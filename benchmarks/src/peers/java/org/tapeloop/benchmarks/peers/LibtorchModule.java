package org.tapeloop.benchmarks.peers;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.Tensor;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;

/** {@code nn.RNN}, {@code nn.GRU} or {@code nn.LSTM}. */
final class LibtorchModule implements LibtorchLayer {
  private final UnaryOperator<Tensor> forward;
  private final List<Tensor> parameters;

  private LibtorchModule(Module module, UnaryOperator<Tensor> forward, List<Tensor> values) {
    this.forward = forward;
    parameters = load(module, values);
  }

  /** Gives the module's parameters values, and gives the parameters. */
  static List<Tensor> load(Module module, List<Tensor> values) {
    // Handles of their own: those of the vector die with it.
    List<Tensor> parameters = Arrays.stream(module.parameters().get()).map(Tensor::new).toList();
    try (NoGradGuard _ = new NoGradGuard()) {
      for (int i = 0; i < values.size(); i++) {
        parameters.get(i).copy_(values.get(i));
      }
    }
    return parameters;
  }

  static LibtorchModule of(BenchmarkCell cell, LayerSize size, List<Tensor> values) {
    return switch (cell) {
      case ELMAN -> {
        RNNImpl module = new RNNImpl(size.inputs(), size.hidden());
        yield new LibtorchModule(module, x -> module.forward(x).get0(), values);
      }
      case GRU -> {
        GRUImpl module = new GRUImpl(size.inputs(), size.hidden());
        yield new LibtorchModule(module, x -> module.forward(x).get0(), values);
      }
      case LSTM -> {
        LSTMImpl module = new LSTMImpl(size.inputs(), size.hidden());
        yield new LibtorchModule(module, x -> module.forward(x).get0(), values);
      }
      case LNLSTM, MGU, USER -> throw new IllegalArgumentException("libtorch has no " + cell);
    };
  }

  @Override
  public Tensor forward(Tensor x) {
    return forward.apply(x);
  }

  @Override
  public List<Tensor> parameters() {
    return parameters;
  }
}
