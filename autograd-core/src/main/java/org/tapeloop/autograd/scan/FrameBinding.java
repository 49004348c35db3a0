package org.tapeloop.autograd.scan;

import java.util.List;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * Gives the buffers of a frame their memory, where no steps of the caller's stand in it: what the
 * step captured, numbers of the plan, and memory of the frame's own.
 *
 * @param captures the captured tensors by number
 */
record FrameBinding(Backend backend, List<ArrayView> captures) {

  /**
   * Binds buffer number {@code b}; steps of inputs and cotangents, and rows of tables, get memory
   * of the frame's own.
   */
  void bind(Frame into, int b, Buffers.Buffer buffer) {
    int width = buffer.width();
    switch (buffer.kind()) {
      case Buffers.SharedRow(var capture) -> bindShared(into, b, captures.get(capture));
      case Buffers.SharedRowSum(var terms) -> {
        ArrayView total = into.bindRow(b, width);
        backend.fill(total, 0);
        for (int i = 0; i < terms.size(); i++) {
          ArrayView row = sharedRow(into, captures.get(terms.get(i)), width);
          backend.binary(BinaryKernel.ADD, total, row, total);
        }
      }
      case Buffers.StillRows(var capture) -> {
        ArrayView rows = dense(captures.get(capture));
        into.bind(b, rows, rows.layout().offset(), width, 0);
      }
      case Buffers.Literal(var number) -> into.bindLiteral(b, number);
      case Buffers.States s -> into.bindOwn(b, into.steps() + 1, width);
      case Buffers.Scratch s -> into.bindOwn(b, 1, width);
      case Buffers.Total t -> into.bindOwn(b, 1, width);
      case Buffers.Pair p -> into.bindOwn(b, 2, width);
      case Buffers.InputSteps s -> into.bindOwn(b, into.steps(), width);
      case Buffers.CotangentSteps s -> into.bindOwn(b, into.steps(), width);
      case Buffers.TableRows r -> into.bindOwn(b, into.steps(), width);
      case Buffers.Kept k -> into.bindOwn(b, into.steps(), width);
      case Buffers.Steps s -> into.bindOwn(b, into.steps(), width);
    }
  }

  private void bindShared(Frame into, int buffer, ArrayView view) {
    ArrayView row = StepSymbols.isUniform(view.layout()) ? view : dense(view);
    into.bind(buffer, row, row.layout().offset(), 0, 0);
  }

  /** A captured row as [width]; one that is the same number throughout may have any shape. */
  private ArrayView sharedRow(Frame into, ArrayView view, int width) {
    if (view.layout().rank() == 1 && view.layout().extent(0) == width) {
      return view;
    }
    boolean uniform = StepSymbols.isUniform(view.layout());
    ArrayView row = uniform ? view : dense(view);
    return row.with(into.layouts().row(row.layout().offset(), width, uniform ? 0 : 1));
  }

  private ArrayView dense(ArrayView view) {
    if (view.layout().isContiguous()) {
      return view;
    }
    ArrayView copy = view.allocate(view.layout().extents());
    backend.copy(view, copy);
    return copy;
  }
}
