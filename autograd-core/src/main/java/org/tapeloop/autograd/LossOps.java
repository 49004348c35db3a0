package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.Layout;

/** Losses that would cost several passes over large logits if they were composed. */
final class LossOps {
  /** The target of an item that is left out. */
  static final int LEFT_OUT = -1;

  /** Elements worked on at a time: 256 KiB of F32, which stay in the L2 cache from pass to pass. */
  private static final int TILE = 1 << 16;

  /**
   * logits [N, C] give the losses [N] of the attribute's targets: {@code ln sum_c e^logits[n, c] -
   * logits[n, target n]}; 0 for a target that is {@link #LEFT_OUT}.
   */
  static final TensorOp<int[]> NEGATIVE_LOG_LIKELIHOOD =
      new TensorOp<>(
          "crossEntropy",
          new Form.Opaque(),
          Saves.INPUTS,
          (targets, in) -> Shape.of(targets.length),
          (backend, targets, in, shape) -> {
            int classes = in[0].extent(1);
            ArrayView out = in[0].dtype().allocate(shape);
            int rows = tileRows(targets.length, classes);
            ArrayView logs = in[0].view().allocate(rows, classes);
            for (int from = 0; from < targets.length; from += rows) {
              int count = Math.min(rows, targets.length - from);
              backend.logSoftmax(rows(in[0].view(), from, count), rows(logs, 0, count));
              for (int i = 0; i < count; i++) {
                int target = targets[from + i];
                out.set(from + i, target == LEFT_OUT ? 0 : -logs.get(i * classes + target));
              }
            }
            return out;
          },
          (s, input) -> likelihoodGradient(s.x(0), s.g(), s.attributes()));

  /**
   * logits [N, C] and cotangents g [N] give {@code (softmax(logits)[n, c] - [c = target n]) g[n]},
   * 0 in rows that are left out.
   */
  static final TensorOp<int[]> LIKELIHOOD_GRADIENT =
      new TensorOp<>(
          "crossEntropyGradient",
          new Form.Opaque(),
          Saves.INPUTS,
          (targets, in) -> in[0].shape(),
          (backend, targets, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            int rows = tileRows(targets.length, shape.extent(1));
            for (int from = 0; from < targets.length; from += rows) {
              int count = Math.min(rows, targets.length - from);
              gradientTile(
                  backend,
                  targets,
                  from,
                  rows(in[0].view(), from, count),
                  rows(in[1].unsqueeze(1).view(), from, count),
                  rows(out, from, count));
            }
            return out;
          },
          (s, input) -> {
            Tensor h = s.g();
            Tensor x = s.x(0);
            if (input == 1) {
              Tensor ones = Tensor.ones(x.dtype(), Shape.of(x.extent(0)));
              return h.mul(likelihoodGradient(x, ones, s.attributes())).sum(1);
            }
            Tensor weighted = h.mul(s.x(1).mul(kept(s.attributes(), x.dtype())).unsqueeze(1));
            Tensor share = x.softmax(-1);
            Tensor product = share.mul(weighted);
            return product.sub(share.mul(product.sum(new int[] {1}, true)));
          });

  private LossOps() {}

  static Tensor likelihoodGradient(Tensor logits, Tensor g, int[] targets) {
    return LIKELIHOOD_GRADIENT.apply(targets, logits, g);
  }

  private static void gradientTile(
      Backend backend, int[] targets, int from, ArrayView logits, ArrayView g, ArrayView out) {
    Layout tile = out.layout();
    backend.softmax(logits, out);
    for (int i = 0; i < tile.extent(0); i++) {
      int target = targets[from + i];
      if (target != LEFT_OUT) {
        int at = tile.offset() + i * tile.stride(0) + target;
        out.set(at, out.get(at) - 1);
      }
    }
    backend.binary(BinaryKernel.MUL, out, g.with(g.layout().broadcastTo(tile.extents())), out);
    for (int i = 0; i < tile.extent(0); i++) {
      if (targets[from + i] == LEFT_OUT) {
        backend.fill(out.with(tile.slice(0, i, 1, 1)), 0);
      }
    }
  }

  /** 1 for items that count, 0 for those left out. */
  static Tensor kept(int[] targets, DType dtype) {
    ArrayView out = dtype.allocate(Shape.of(targets.length));
    for (int i = 0; i < targets.length; i++) {
      out.set(i, targets[i] == LEFT_OUT ? 0 : 1);
    }
    return Tensor.constant(Shape.of(targets.length), dtype, out);
  }

  private static int tileRows(int rows, int classes) {
    return Math.clamp(TILE / Math.max(classes, 1), 1, Math.max(rows, 1));
  }

  private static ArrayView rows(ArrayView matrix, int from, int count) {
    return matrix.with(matrix.layout().slice(0, from, 1, count));
  }
}
