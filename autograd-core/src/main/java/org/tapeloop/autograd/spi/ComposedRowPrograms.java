package org.tapeloop.autograd.spi;

import java.util.List;

/** Row programs executed by a backend's elementwise kernels, one instruction after the other. */
final class ComposedRowPrograms implements RowPrograms {
  /** Scratch for one block of rows should fit a second-level cache. */
  private static final int SCRATCH_ELEMENTS = 1 << 16;

  private final Backend backend;

  ComposedRowPrograms(Backend backend) {
    this.backend = backend;
  }

  @Override
  public boolean isFused() {
    return false;
  }

  @Override
  public RowKernel prepare(RowProgram program, ArrayView like) {
    List<Integer> widths = program.registers();
    int[] starts = new int[widths.size()];
    int total = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = total;
      total += widths.get(i);
    }
    int scratchWidth = total;
    int block = Math.max(1, SCRATCH_ELEMENTS / Math.max(1, scratchWidth));
    return (arrays, offsets, strides, rows) -> {
      int height = Math.min(block, rows);
      ArrayView scratch = like.allocate(height, scratchWidth);
      for (int row = 0; row < rows; row += height) {
        var binding =
            new Binding(
                arrays,
                offsets,
                strides,
                scratch,
                starts,
                scratchWidth,
                row,
                Math.min(height, rows - row));
        for (RowProgram.Instruction instruction : program.instructions()) {
          execute(instruction, binding);
        }
      }
    };
  }

  private void execute(RowProgram.Instruction instruction, Binding at) {
    int width = instruction.out().width();
    ArrayView out = at.view(instruction.out(), width);
    switch (instruction) {
      case RowProgram.Unary(var kernel, var x, var o) ->
          backend.unary(kernel, at.view(x, width), out);
      case RowProgram.Binary(var kernel, var a, var b, var o) ->
          backend.binary(kernel, at.view(a, width), at.view(b, width), out);
      case RowProgram.Select(var condition, var a, var b, var o) ->
          backend.select(at.view(condition, width), at.view(a, width), at.view(b, width), out);
      case RowProgram.Reduce(var kernel, var x, var o) ->
          backend.reduce(kernel, at.view(x, x.width()), out);
      case RowProgram.InverseDeviation(var x, var epsilon, var o) ->
          Standardisation.inverseDeviation(backend, at.view(x, x.width()), epsilon, out);
      case RowProgram.Standardise(var x, var scale, var o) ->
          Standardisation.standardise(backend, at.view(x, width), at.view(scale, 1), out);
      case RowProgram.StandardiseGradient(var g, var y, var scale, var o) ->
          Standardisation.gradient(
              backend, at.view(g, width), at.view(y, width), at.view(scale, 1), out);
      case RowProgram.Move(var x, var o) -> backend.copy(at.view(x, width), out);
    }
  }

  /** The memory behind the slots for one block of rows. */
  @SuppressWarnings("ArrayRecordComponent") // never compared; made for one block
  private record Binding(
      Object[] arrays,
      int[] offsets,
      int[] strides,
      ArrayView scratch,
      int[] starts,
      int scratchWidth,
      int row,
      int rows) {

    ArrayView view(RowProgram.Slot slot, int width) {
      int step = slot.width() == 1 && width > 1 ? 0 : 1;
      if (slot.register()) {
        return scratch.with(
            layout(starts[slot.index()] + slot.column(), scratchWidth, width, step));
      }
      int stride = strides[slot.index()];
      int offset = offsets[slot.index()] + row * stride + slot.column();
      Layout layout = layout(offset, stride, width, step);
      return arrays[slot.index()] instanceof float[] floats
          ? new FloatView(floats, layout)
          : new DoubleView((double[]) arrays[slot.index()], layout);
    }

    private Layout layout(int offset, int stride, int width, int step) {
      return Layout.strided(offset, new int[] {rows, width}, new int[] {stride, step});
    }
  }
}
