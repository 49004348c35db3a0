package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;

/** Executes a stage on a backend. */
final class StageRunner {
  /**
   * Shards of the batch are multiples of this, so that the kernels, and so the bits, do not depend
   * on their number.
   */
  private static final int SHARD_ROWS = 8;

  private final Backend backend;
  private final Stage stage;
  private final List<Buffers.Buffer> buffers;
  private final List<RowKernel> kernels = new ArrayList<>();

  StageRunner(Backend backend, Stage stage, List<Buffers.Buffer> buffers, ArrayView like) {
    this.backend = backend;
    this.stage = stage;
    this.buffers = buffers;
    for (Stage.Level level : stage.levels()) {
      kernels.add(backend.rowPrograms().prepare(level.program(), like));
    }
  }

  /** A captured matrix as its products use it. */
  private record Use(int capture, boolean transposed) {}

  /** Executes the stage for all steps at once. */
  void allSteps(Frame frame, List<ArrayView> captures) {
    for (int i = 0; i < stage.levels().size(); i++) {
      Stage.Level level = stage.levels().get(i);
      for (Stage.ProductStep product : level.products()) {
        ArrayView matrix = matrix(captures, product.capture(), product.transposed());
        backend.gemm(
            1,
            frame.allRows(product.x()),
            matrix,
            product.accumulate() ? 1 : 0,
            frame.allRows(product.out()));
      }
      if (level.program().instructions().isEmpty()) {
        continue;
      }
      RowKernel kernel = kernels.get(i);
      if (level.operands().stream().anyMatch(at -> isStill(at.buffer()))) {
        shards(
            frame.steps,
            1,
            (from, to) -> {
              Operands operands = new Operands(frame, level.operands());
              for (int t = from; t < to; t++) {
                operands.run(kernel, t, 0, frame.batch);
              }
            });
      } else {
        shards(
            frame.steps * frame.batch,
            SHARD_ROWS,
            (from, to) -> new Operands(frame, level.operands()).run(kernel, 0, from, to - from));
      }
    }
  }

  private boolean isStill(int buffer) {
    return buffers.get(buffer).kind() instanceof Buffers.StillRows;
  }

  /**
   * Executes the stage step after step, the batch in shards.
   *
   * @param backward from the last step to the first
   */
  void loop(Frame frame, List<ArrayView> captures, boolean backward) {
    if (stage.isEmpty()) {
      return;
    }
    Map<Use, MatrixPacking.PackedMatrix> packed = pack(captures);
    shards(
        frame.batch,
        SHARD_ROWS,
        (from, to) -> {
          List<Operands> operands = new ArrayList<>();
          for (Stage.Level level : stage.levels()) {
            operands.add(new Operands(frame, level.operands()));
          }
          for (int i = 0; i < frame.steps; i++) {
            int t = backward ? frame.steps - 1 - i : i;
            step(frame, captures, packed, operands, t, from, to - from);
          }
        });
  }

  private Map<Use, MatrixPacking.PackedMatrix> pack(List<ArrayView> captures) {
    Map<Use, MatrixPacking.PackedMatrix> packed = new HashMap<>();
    MatrixPacking packing = backend.matrixPacking().orElse(null);
    if (packing != null) {
      for (Stage.Level level : stage.levels()) {
        for (Stage.ProductStep product : level.products()) {
          packed.computeIfAbsent(
              new Use(product.capture(), product.transposed()),
              use -> packing.pack(matrix(captures, use.capture(), use.transposed()), null));
        }
      }
    }
    return packed;
  }

  private void step(
      Frame frame,
      List<ArrayView> captures,
      Map<Use, MatrixPacking.PackedMatrix> packed,
      List<Operands> operands,
      int t,
      int from,
      int rows) {
    for (int i = 0; i < stage.levels().size(); i++) {
      Stage.Level level = stage.levels().get(i);
      for (Stage.ProductStep product : level.products()) {
        ArrayView x = frame.rows(product.x(), t, from, rows);
        ArrayView out = frame.rows(product.out(), t, from, rows);
        double beta = product.accumulate() ? 1 : 0;
        MatrixPacking.@Nullable PackedMatrix w =
            packed.get(new Use(product.capture(), product.transposed()));
        if (w == null) {
          backend.gemm(1, x, matrix(captures, product.capture(), product.transposed()), beta, out);
        } else {
          backend.matrixPacking().orElseThrow().multiply(1, x, w, beta, out);
        }
      }
      if (!level.program().instructions().isEmpty()) {
        operands.get(i).run(kernels.get(i), t, from, rows);
      }
    }
  }

  private static ArrayView matrix(List<ArrayView> captures, int capture, boolean transposed) {
    ArrayView view = captures.get(capture);
    return transposed ? view.with(view.layout().transpose(0, 1)) : view;
  }

  /** Work on a range of rows. */
  @FunctionalInterface
  private interface Range {
    void run(int from, int to);
  }

  private void shards(int rows, int multiple, Range body) {
    int count = Math.min(backend.threads(), Math.max(1, rows / multiple));
    if (count == 1) {
      body.run(0, rows);
      return;
    }
    int blocks = (rows + multiple - 1) / multiple;
    IntStream.range(0, count)
        .parallel()
        .forEach(
            shard -> {
              int from = (int) ((long) blocks * shard / count) * multiple;
              int to = Math.min(rows, (int) ((long) blocks * (shard + 1) / count) * multiple);
              if (from < to) {
                body.run(from, to);
              }
            });
  }

  /** A program's operands for one thread. */
  private static final class Operands {
    private final Frame frame;
    private final List<Location> places;
    private final Object[] arrays;
    private final int[] offsets;
    private final int[] strides;

    Operands(Frame frame, List<Location> places) {
      this.frame = frame;
      this.places = places;
      arrays = new Object[places.size()];
      strides = new int[arrays.length];
      offsets = new int[arrays.length];
      for (int k = 0; k < arrays.length; k++) {
        arrays[k] = frame.array(places.get(k).buffer());
        strides[k] = frame.rowStride(places.get(k).buffer());
      }
    }

    void run(RowKernel kernel, int t, int from, int rows) {
      for (int k = 0; k < offsets.length; k++) {
        offsets[k] = frame.start(places.get(k), t) + from * strides[k];
      }
      kernel.run(arrays, offsets, strides, rows);
    }
  }
}
