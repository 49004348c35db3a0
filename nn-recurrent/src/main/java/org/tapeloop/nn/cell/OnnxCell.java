package org.tapeloop.nn.cell;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * What ONNX's recurrent operators share: {@code W} [G*H, I], {@code R} [G*H, H] and {@code B}
 * [2*G*H], of which the first half belongs to W and the second to R. Each is one direction of the
 * operator's tensor.
 *
 * @param <S> the state
 */
abstract class OnnxCell<S> extends SizedCell<S> {
  final OnnxOptions options;
  private final int gates;
  private final Parameter w;
  private final Parameter r;
  private final @Nullable Parameter b;

  OnnxCell(
      int gates,
      int activations,
      int inputSize,
      int hiddenSize,
      OnnxOptions options,
      Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.options = options.requireActivations(getClass().getSimpleName(), activations);
    this.gates = gates;
    w = weight("W", gates * hiddenSize, inputSize);
    r = weight("R", gates * hiddenSize, hiddenSize);
    b = options.bias() ? weight("B", 2 * gates * hiddenSize) : null;
  }

  /** {@code W x + Wb}. */
  final Tensor input(Tensor x) {
    return x.affine(w.value(), half(0));
  }

  /** {@code R h + Rb}, of the gates from {@code first} on. */
  final Tensor recurrent(Tensor h, int first, int count) {
    Tensor bias = half(1);
    int start = first * hiddenSize;
    int rows = count * hiddenSize;
    return h.affine(
        count == gates ? r.value() : r.value().narrow(0, start, rows),
        bias == null ? null : bias.narrow(0, start, rows));
  }

  private @Nullable Tensor half(int which) {
    return b == null ? null : b.value().chunk(2).get(which);
  }
}
