package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;
import org.tapeloop.autograd.spi.MatrixPacking.Upcoming;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;

/** A stage made ready for a backend. Safe for several threads, each with a frame of its own. */
final class StageRunner {
  /**
   * Shards of rows are multiples of this where products are not packed, so that the kernels, and so
   * the bits, do not depend on the number of shards.
   */
  private static final int EIGHT_ROWS = 8;

  private final Backend backend;
  private final StageMatrices matrices;
  private final boolean empty;
  private final LoopShares shares;
  private final RowShares rowShares;
  private final ReadyLevel[] levels;

  private final int firstCall;
  private int products;

  /**
   * @param kernel null where the level has no program
   * @param still whether an operand has one matrix for all steps
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record ReadyLevel(
      ReadyProduct[] products, @Nullable RowKernel kernel, Location[] operands, boolean still) {}

  /**
   * @param number among the products of all levels
   * @param left the one place of its left operand, for {@link Frame#bindOperands}
   * @param matrix number of one of the stage's
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record ReadyProduct(int number, Location[] left, int matrix, Location out, double beta) {

    Location x() {
      return left[0];
    }
  }

  /**
   * @param like of the element type
   * @param firstPacked the number of the first packed matrix that is this stage's in a frame
   * @param firstCall the number of the first call with operands that is this stage's there
   */
  StageRunner(
      Backend backend,
      Stage stage,
      List<Buffers.Buffer> buffers,
      ArrayView like,
      int firstPacked,
      int firstCall) {
    this.backend = backend;
    this.matrices = new StageMatrices(backend, firstPacked);
    this.firstCall = firstCall;
    this.empty = stage.isEmpty();
    this.shares = LoopShares.of(stage);
    this.rowShares = new RowShares(backend);
    levels = new ReadyLevel[stage.levels().size()];
    for (int i = 0; i < levels.length; i++) {
      Stage.Level level = stage.levels().get(i);
      boolean programmed = !level.program().instructions().isEmpty();
      levels[i] =
          new ReadyLevel(
              level.products().stream().map(this::ready).toArray(ReadyProduct[]::new),
              programmed ? backend.rowPrograms().prepare(level.program(), like) : null,
              level.operands().toArray(Location[]::new),
              level.operands().stream().anyMatch(at -> isStill(buffers.get(at.buffer()))));
    }
  }

  private ReadyProduct ready(Stage.ProductStep product) {
    int matrix = matrices.number(product.matrix());
    double beta = product.accumulate() ? 1 : 0;
    Location[] left = {product.x()};
    return new ReadyProduct(products++, left, matrix, product.out(), beta);
  }

  private static boolean isStill(Buffers.Buffer buffer) {
    return buffer.kind() instanceof Buffers.StillRows;
  }

  /** How many packed matrices the stage wants of a frame: each cut for all threads at most. */
  int packedMatrices() {
    return matrices.places();
  }

  /** How many calls have operands in a frame: programs and products, on all threads at most. */
  int calls() {
    return (levels.length + products) * backend.threads();
  }

  private int callAt(int level, int thread) {
    return firstCall + level * backend.threads() + thread;
  }

  private Operands bindOperands(Frame frame, int level, int thread) {
    return frame.bindOperands(callAt(level, thread), levels[level].operands);
  }

  /** Whether matrices are packed. */
  boolean packs() {
    return matrices.packing() != null;
  }

  /**
   * Executes the stage for all steps of the frame at once.
   *
   * @param packed whether the matrices have been packed
   */
  void allSteps(Frame frame, List<ArrayView> captures, boolean packed) {
    for (int i = 0; i < levels.length; i++) {
      for (ReadyProduct product : levels[i].products) {
        if (packed) {
          multiplyAllRows(frame, product);
        } else {
          ArrayView matrix = matrices.view(product.matrix, frame, captures);
          ArrayView out = frame.allRows(product.out);
          backend.gemm(1, frame.allRows(product.x()), matrix, product.beta, out);
        }
      }
      if (levels[i].kernel != null) {
        allSteps(frame, i);
      }
    }
  }

  private void multiplyAllRows(Frame frame, ReadyProduct product) {
    PackedMatrix matrix = matrices.packed(product.matrix, 0, frame);
    int rows = frame.steps() * frame.batch();
    rowShares.run(
        rows,
        rowShares.count(rows, EIGHT_ROWS),
        EIGHT_ROWS,
        (shard, from, to) -> {
          Upcoming next = upcoming(frame, product, shard, from, to - from);
          multiply(frame, product, 0, from, to - from, matrix, 0, next);
        });
  }

  /** The same rows of the window that follows the frame's, if they are far away. */
  private Upcoming upcoming(Frame frame, ReadyProduct product, int shard, int from, int rows) {
    int place = callAt(levels.length + product.number, shard);
    return frame.bindOperands(place, product.left).upcoming(frame.steps(), from, rows);
  }

  /** Executes the program of a level, in which each step, or else each row, is a unit. */
  private void allSteps(Frame frame, int level) {
    boolean still = levels[level].still;
    int units = still ? frame.steps() : frame.steps() * frame.batch();
    int together = still ? 1 : EIGHT_ROWS;
    int shards = rowShares.count(units, together);
    if (shards == 1) {
      allSteps(frame, level, 0, 0, units);
    } else {
      rowShares.run(
          units, shards, together, (shard, from, to) -> allSteps(frame, level, shard, from, to));
    }
  }

  private void allSteps(Frame frame, int level, int shard, int from, int to) {
    RowKernel kernel = Objects.requireNonNull(levels[level].kernel);
    Operands operands = bindOperands(frame, level, shard);
    if (levels[level].still) {
      for (int t = from; t < to; t++) {
        operands.run(kernel, t, 0, frame.batch());
      }
    } else {
      operands.run(kernel, 0, from, to - from);
    }
  }

  /**
   * Packs the matrices for {@link #bindTo} and {@link #allSteps}; their elements may change
   * afterwards.
   */
  void pack(Frame frame, List<ArrayView> captures) {
    matrices.pack(frame, captures, 1);
  }

  /** Packs the matrices for {@link #loop}; their elements may change afterwards. */
  void packForLoop(Frame frame, List<ArrayView> captures, int batch) {
    matrices.pack(frame, captures, columnBlocks(batch));
  }

  /** How many blocks of columns the matrices of {@link #loop} are cut into. */
  private int columnBlocks(int batch) {
    return packs() ? shares.columnBlocks(backend.threads(), batch) : 1;
  }

  /**
   * Appends the kernel calls of one step to those of a frame with one step, in whose memory the
   * matrices have been packed.
   */
  void bindTo(BoundStage calls, Frame frame, List<ArrayView> captures) {
    for (ReadyLevel level : levels) {
      for (ReadyProduct product : level.products) {
        MatrixPacking packing = matrices.packing();
        if (packing == null) {
          ArrayView matrix = matrices.view(product.matrix, frame, captures);
          calls.addProduct(backend, frame, product.x(), matrix, product.beta, product.out);
        } else {
          PackedMatrix matrix = matrices.packed(product.matrix, 0, frame);
          calls.addProduct(packing, frame, product.x(), matrix, product.beta, product.out);
        }
      }
      if (level.kernel != null) {
        calls.addProgram(level.kernel, frame, level.operands);
      }
    }
  }

  /**
   * Executes the stage step after step, the batch in shards, with the matrices packed.
   *
   * @param backward from the last step to the first
   */
  void loop(Frame frame, List<ArrayView> captures, boolean backward) {
    if (empty) {
      return;
    }
    int blocks = columnBlocks(frame.batch());
    if (blocks > 1) {
      loopByColumns(frame, backward, blocks);
      return;
    }
    int rows = frame.batch();
    int least = packs() ? LoopShares.FEW_ROWS : EIGHT_ROWS;
    int shards = rowShares.count(rows, least);
    if (shards == 1) {
      loopRows(frame, captures, backward, 0, 0, rows);
    } else {
      int multiple = packs() ? 1 : EIGHT_ROWS;
      rowShares.run(
          rows,
          shards,
          multiple,
          (shard, from, to) -> loopRows(frame, captures, backward, shard, from, to - from));
    }
  }

  private void loopRows(
      Frame frame, List<ArrayView> captures, boolean backward, int shard, int from, int rows) {
    for (int level = 0; level < levels.length; level++) {
      bindOperands(frame, level, shard);
    }
    for (int i = 0; i < frame.steps(); i++) {
      int t = backward ? frame.steps() - 1 - i : i;
      step(frame, captures, shard, t, backward ? t - 1 : t + 1, from, rows);
    }
  }

  /**
   * Executes the stage step after step, each product in blocks of columns and then each program in
   * blocks of rows.
   */
  private void loopByColumns(Frame frame, boolean backward, int blocks) {
    List<LevelPart> parts = new ArrayList<>();
    for (int i = 0; i < levels.length; i++) {
      for (int block = 0; block < blocks; block++) {
        bindOperands(frame, i, block);
      }
      int level = i;
      if (levels[i].products.length > 0) {
        parts.add((t, block) -> multiplyColumns(frame, levels[level].products, t, block, blocks));
      }
      RowKernel kernel = levels[i].kernel;
      if (kernel != null) {
        parts.add(
            (t, block) -> {
              int from = frame.batch() * block / blocks;
              int rows = frame.batch() * (block + 1) / blocks - from;
              frame.operands(callAt(level, block)).run(kernel, t, from, rows);
            });
      }
    }
    Phases.run(
        backend::runAll,
        Math.multiplyExact(frame.steps(), parts.size()),
        blocks,
        (phase, block) -> {
          int step = phase / parts.size();
          int t = backward ? frame.steps() - 1 - step : step;
          parts.get(phase % parts.size()).run(t, block);
        });
  }

  /** A block of the products or of the program of one level. */
  @FunctionalInterface
  private interface LevelPart {
    void run(int t, int block);
  }

  private void multiplyColumns(Frame frame, ReadyProduct[] products, int t, int block, int blocks) {
    for (ReadyProduct product : products) {
      int column = matrices.start(product.matrix, block, blocks);
      if (column < matrices.start(product.matrix, block + 1, blocks)) {
        PackedMatrix part = matrices.packed(product.matrix, block, frame);
        multiply(frame, product, t, 0, frame.batch(), part, column, Upcoming.NOTHING);
      }
    }
  }

  private void step(
      Frame frame, List<ArrayView> captures, int shard, int t, int nextStep, int from, int rows) {
    for (int i = 0; i < levels.length; i++) {
      ReadyProduct[] products = levels[i].products;
      for (int k = 0; k < products.length; k++) {
        ReadyProduct product = products[k];
        if (packs()) {
          Upcoming next =
              k == products.length - 1
                  ? upcoming(frame, i, shard, t, nextStep, from, rows)
                  : Upcoming.NOTHING;
          PackedMatrix matrix = matrices.packed(product.matrix, 0, frame);
          multiply(frame, product, t, from, rows, matrix, 0, next);
        } else {
          ArrayView x = frame.rows(product.x(), t, from, rows);
          ArrayView out = frame.rows(product.out, t, from, rows);
          ArrayView matrix = matrices.view(product.matrix, frame, captures);
          backend.gemm(1, x, matrix, product.beta, out);
        }
      }
      RowKernel kernel = levels[i].kernel;
      if (kernel != null) {
        frame.operands(callAt(i, shard)).run(kernel, t, from, rows);
      }
    }
  }

  /**
   * What is far away of the next program's operands, after the products of a level: its own
   * program, that of a later level, or that of an earlier one in the next step. Nothing if another
   * product comes first.
   */
  private Upcoming upcoming(
      Frame frame, int level, int shard, int t, int nextStep, int from, int rows) {
    int step = t;
    int i = level;
    do {
      if (levels[i].kernel != null) {
        Operands operands = frame.operands(callAt(i, shard));
        if (operands.parts() > 0) {
          return operands.upcoming(step, from, rows);
        }
      }
      i++;
      if (i == levels.length) {
        i = 0;
        step = nextStep;
      }
    } while (step >= 0 && step < frame.steps() && levels[i].products.length == 0);
    return Upcoming.NOTHING;
  }

  /** Some rows of a product, and the columns from some on that a packed matrix gives. */
  private void multiply(
      Frame frame,
      ReadyProduct product,
      int t,
      int from,
      int rows,
      PackedMatrix matrix,
      int column,
      Upcoming next) {
    int xStride = frame.rowStride(product.x().buffer());
    int outStride = frame.rowStride(product.out.buffer());
    Objects.requireNonNull(matrices.packing())
        .multiplyRows(
            frame.array(product.x().buffer()),
            frame.start(product.x(), t) + from * xStride + product.x().column(),
            xStride,
            rows,
            matrix,
            product.beta,
            frame.array(product.out.buffer()),
            frame.start(product.out, t) + from * outStride + product.out.column() + column,
            outStride,
            next);
  }
}
