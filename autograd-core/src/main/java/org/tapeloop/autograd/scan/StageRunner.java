package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;

/** A stage made ready for a backend. Safe for several threads, each with a frame of its own. */
final class StageRunner {
  /**
   * Shards of rows are multiples of this where products are not packed, so that the kernels, and so
   * the bits, do not depend on the number of shards.
   */
  private static final int EIGHT_ROWS = 8;

  private final Backend backend;
  private final @Nullable MatrixPacking packing;
  private final boolean empty;
  private final LoopShares shares;
  private final ReadyLevel[] levels;

  /** The matrices that the stage's products use, and where in a frame they are packed. */
  private final List<MatrixBlock> uses = new ArrayList<>();

  private final int firstPacked;

  /**
   * @param kernel null where the level has no program
   * @param still whether an operand has one matrix for all steps
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record ReadyLevel(
      ReadyProduct[] products, @Nullable RowKernel kernel, Location[] operands, boolean still) {}

  /**
   * @param use which of the stage's matrices
   */
  private record ReadyProduct(Location x, int use, Location out, double beta) {}

  /**
   * @param like of the element type
   * @param firstPacked the number of the first packed matrix that is this stage's in a frame
   */
  StageRunner(
      Backend backend, Stage stage, List<Buffers.Buffer> buffers, ArrayView like, int firstPacked) {
    this.backend = backend;
    this.packing = Pass.inUse().contains(Pass.PACK) ? backend.matrixPacking().orElse(null) : null;
    this.firstPacked = firstPacked;
    this.empty = stage.isEmpty();
    this.shares = LoopShares.of(stage);
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
    int at = uses.indexOf(product.matrix());
    if (at < 0) {
      at = uses.size();
      uses.add(product.matrix());
    }
    return new ReadyProduct(product.x(), at, product.out(), product.accumulate() ? 1 : 0);
  }

  private static boolean isStill(Buffers.Buffer buffer) {
    return buffer.kind() instanceof Buffers.StillRows;
  }

  /** How many packed matrices the stage wants of a frame: each cut for all threads at most. */
  int packedMatrices() {
    return packing == null ? 0 : uses.size() * backend.threads();
  }

  /** Executes the stage for all steps of the frame at once. */
  void allSteps(Frame frame, List<ArrayView> captures) {
    for (ReadyLevel level : levels) {
      for (ReadyProduct product : level.products) {
        ArrayView matrix = uses.get(product.use).view(captures);
        ArrayView out = frame.allRows(product.out);
        backend.gemm(1, frame.allRows(product.x), matrix, product.beta, out);
      }
      RowKernel kernel = level.kernel;
      if (kernel == null) {
        continue;
      }
      if (level.still) {
        shards(
            frame.steps(),
            1,
            1,
            (from, to) -> {
              Operands operands = new Operands(frame, level.operands);
              for (int t = from; t < to; t++) {
                operands.run(kernel, t, 0, frame.batch());
              }
            });
      } else {
        shards(
            frame.steps() * frame.batch(),
            EIGHT_ROWS,
            EIGHT_ROWS,
            (from, to) -> new Operands(frame, level.operands).run(kernel, 0, from, to - from));
      }
    }
  }

  /** Packs the matrices for {@link #bindTo}; their elements may change afterwards. */
  void pack(Frame frame, List<ArrayView> captures) {
    packBlocks(frame, captures, 1);
  }

  /** Packs the matrices for {@link #loop}; their elements may change afterwards. */
  void packForLoop(Frame frame, List<ArrayView> captures, int batch) {
    packBlocks(frame, captures, columnBlocks(batch));
  }

  private void packBlocks(Frame frame, List<ArrayView> captures, int blocks) {
    MatrixPacking by = packing;
    if (by == null) {
      return;
    }
    backend.runAll(
        blocks,
        block -> {
          for (int use = 0; use < uses.size(); use++) {
            MatrixBlock matrix = uses.get(use);
            int from = columnStart(matrix, block, blocks);
            int columns = columnStart(matrix, block + 1, blocks) - from;
            if (columns > 0) {
              ArrayView all = matrix.view(captures);
              ArrayView part = all.with(all.layout().slice(1, from, 1, columns));
              int place = packedAt(use, block);
              frame.packed(place, by.pack(part, frame.packed(place)));
            }
          }
        });
  }

  private int packedAt(int use, int block) {
    return firstPacked + use * backend.threads() + block;
  }

  /** The first column of a block of a matrix, or behind the last block the number of columns. */
  private static int columnStart(MatrixBlock matrix, int block, int blocks) {
    int columns = matrix.columns();
    return block == blocks
        ? columns
        : columns
            / MatrixPacking.COLUMNS_TOGETHER
            * block
            / blocks
            * MatrixPacking.COLUMNS_TOGETHER;
  }

  /** How many blocks of columns the matrices of {@link #loop} are cut into. */
  private int columnBlocks(int batch) {
    return packing == null ? 1 : shares.columnBlocks(backend.threads(), batch);
  }

  /**
   * Appends the kernel calls of one step to those of a frame with one step, in whose memory the
   * matrices have been packed.
   */
  void bindTo(BoundStage calls, Frame frame, List<ArrayView> captures) {
    for (ReadyLevel level : levels) {
      for (ReadyProduct product : level.products) {
        if (packing == null) {
          ArrayView matrix = uses.get(product.use).view(captures);
          calls.addProduct(backend, frame, product.x, matrix, product.beta, product.out);
        } else {
          PackedMatrix matrix = packedFor(frame, product, 0);
          calls.addProduct(packing, frame, product.x, matrix, product.beta, product.out);
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
    shards(
        frame.batch(),
        packing == null ? EIGHT_ROWS : 1,
        packing == null ? EIGHT_ROWS : LoopShares.FEW_ROWS,
        (from, to) -> {
          Operands[] operands = new Operands[levels.length];
          for (int i = 0; i < levels.length; i++) {
            operands[i] = new Operands(frame, levels[i].operands);
          }
          for (int i = 0; i < frame.steps(); i++) {
            int t = backward ? frame.steps() - 1 - i : i;
            step(frame, captures, operands, t, from, to - from);
          }
        });
  }

  /**
   * Executes the stage step after step, each product in blocks of columns and then each program in
   * blocks of rows.
   */
  private void loopByColumns(Frame frame, boolean backward, int blocks) {
    Operands[][] operands = new Operands[blocks][levels.length];
    List<LevelPart> parts = new ArrayList<>();
    for (int i = 0; i < levels.length; i++) {
      for (Operands[] ofBlock : operands) {
        ofBlock[i] = new Operands(frame, levels[i].operands);
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
              operands[block][level].run(kernel, t, from, rows);
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
      MatrixBlock matrix = uses.get(product.use);
      int column = columnStart(matrix, block, blocks);
      if (column < columnStart(matrix, block + 1, blocks)) {
        PackedMatrix part = packedFor(frame, product, block);
        multiply(frame, product, t, 0, frame.batch(), part, column);
      }
    }
  }

  private void step(
      Frame frame, List<ArrayView> captures, Operands[] operands, int t, int from, int rows) {
    for (int i = 0; i < levels.length; i++) {
      for (ReadyProduct product : levels[i].products) {
        if (packing == null) {
          ArrayView x = frame.rows(product.x, t, from, rows);
          ArrayView out = frame.rows(product.out, t, from, rows);
          backend.gemm(1, x, uses.get(product.use).view(captures), product.beta, out);
        } else {
          multiply(frame, product, t, from, rows, packedFor(frame, product, 0), 0);
        }
      }
      RowKernel kernel = levels[i].kernel;
      if (kernel != null) {
        operands[i].run(kernel, t, from, rows);
      }
    }
  }

  private PackedMatrix packedFor(Frame frame, ReadyProduct product, int block) {
    PackedMatrix matrix = frame.packed(packedAt(product.use, block));
    if (matrix == null) {
      throw new IllegalStateException("matrix " + product.use + " was not packed");
    }
    return matrix;
  }

  /** Some rows of a product, and the columns from some on that a packed matrix gives. */
  private void multiply(
      Frame frame,
      ReadyProduct product,
      int t,
      int from,
      int rows,
      PackedMatrix matrix,
      int column) {
    int xStride = frame.rowStride(product.x.buffer());
    int outStride = frame.rowStride(product.out.buffer());
    Objects.requireNonNull(packing)
        .multiplyRows(
            frame.array(product.x.buffer()),
            frame.start(product.x, t) + from * xStride + product.x.column(),
            xStride,
            rows,
            matrix,
            product.beta,
            frame.array(product.out.buffer()),
            frame.start(product.out, t) + from * outStride + product.out.column() + column,
            outStride);
  }

  /** Work on a range of rows. */
  @FunctionalInterface
  private interface Range {
    void run(int from, int to);
  }

  /**
   * @param multiple of which a shard has a whole number of rows, unless it is the last
   * @param least rows of a shard
   */
  private void shards(int rows, int multiple, int least, Range body) {
    int count = Math.min(backend.threads(), Math.max(1, rows / least));
    if (count == 1) {
      body.run(0, rows);
      return;
    }
    int blocks = (rows + multiple - 1) / multiple;
    backend.runAll(
        count,
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
    private final Location[] places;
    private final Object[] arrays;
    private final int[] offsets;
    private final int[] strides;

    Operands(Frame frame, Location[] places) {
      this.frame = frame;
      this.places = places;
      arrays = new Object[places.length];
      strides = new int[arrays.length];
      offsets = new int[arrays.length];
      for (int k = 0; k < arrays.length; k++) {
        arrays[k] = frame.array(places[k].buffer());
        strides[k] = frame.rowStride(places[k].buffer());
      }
    }

    void run(RowKernel kernel, int t, int from, int rows) {
      for (int k = 0; k < offsets.length; k++) {
        offsets[k] = frame.start(places[k], t) + from * strides[k];
      }
      kernel.run(arrays, offsets, strides, rows);
    }
  }
}
