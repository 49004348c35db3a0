package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.RowPrograms;

/**
 * What a product is told to bring near is what the next row program works on, or what the next
 * product outside the loop reads.
 */
class UpcomingTest {
  private static final int BATCH = 32;
  private static final int WIDTH = 32;

  private final Generator generator = new Generator(5);
  private final List<Object> events = new ArrayList<>();

  /** Part of an array, compared by the identity of the array. */
  private record Part(int array, int start, int length) {}

  /**
   * A product and its hints.
   *
   * @param left what it reads
   */
  private record Product(int rows, Part left, List<Part> next) {}

  /**
   * A program's operands.
   *
   * @param far those of large arrays
   */
  private record Program(List<Part> all, List<Part> far) {}

  private record Dense(ArrayView copy) implements MatrixPacking.PackedMatrix {
    @Override
    public int rows() {
      return copy.layout().extent(0);
    }

    @Override
    public int columns() {
      return copy.layout().extent(1);
    }
  }

  private static Part part(Object array, int start, int length) {
    return new Part(System.identityHashCode(array), start, length);
  }

  private final class Recording implements MatrixPacking {
    private final Backend backend;

    Recording(Backend backend) {
      this.backend = backend;
    }

    @Override
    public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
      ArrayView copy = b.allocate(b.layout().extents());
      backend.copy(b, copy);
      return new Dense(copy);
    }

    @Override
    public void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
      backend.gemm(alpha, a, ((Dense) b).copy, beta, out);
    }

    @Override
    public void multiplyRows(
        Object a,
        int aStart,
        int aStride,
        int rows,
        PackedMatrix b,
        double beta,
        Object out,
        int outStart,
        int outStride,
        Upcoming next) {
      List<Part> parts = new ArrayList<>();
      for (int i = 0; i < next.parts(); i++) {
        parts.add(part(next.array(i), next.start(i), next.length(i)));
      }
      events.add(new Product(rows, part(a, aStart, rows * aStride), parts));
      MatrixPacking.super.multiplyRows(
          a, aStart, aStride, rows, b, beta, out, outStart, outStride, next);
    }
  }

  private RowPrograms recording(RowPrograms programs) {
    return (program, like) -> {
      RowPrograms.RowKernel kernel = programs.prepare(program, like);
      return (arrays, offsets, strides, rows) -> {
        List<Part> all = new ArrayList<>();
        List<Part> far = new ArrayList<>();
        for (int k = 0; k < arrays.length; k++) {
          Part part = part(arrays[k], offsets[k], rows * strides[k]);
          all.add(part);
          if (strides[k] > 0 && arrays[k] instanceof float[] f && f.length >= 1 << 18) {
            far.add(part);
          }
        }
        events.add(new Program(all, far));
        kernel.run(arrays, offsets, strides, rows);
      };
    };
  }

  private void gradients(int steps) {
    run(steps, (outputs, leaves) -> outputs.square().sum().gradients(leaves));
  }

  /**
   * Runs a scan and what follows.
   *
   * @param then is given the outputs, and the tensors that they depend on
   */
  private void run(int steps, BiConsumer<Tensor, List<Tensor>> then) {
    Tensor w = normal(WIDTH, 4 * WIDTH);
    Tensor u = normal(WIDTH, 4 * WIDTH);
    Scan.StepFunction<Tensor, Tensor, Tensor> step =
        (x, h) -> {
          var z = x.matmul(w).add(h.matmul(u)).chunk(4);
          var next = z.get(0).sigmoid().mul(h).add(z.get(1).tanh().mul(z.get(2))).mul(z.get(3));
          return new Scan.Next<>(next, next);
        };
    Tensor x = normal(steps, BATCH, WIDTH);
    Backend plain = Backends.named("reference", 1);
    var packing = new Recording(plain);
    var programs = recording(plain.rowPrograms());
    Backend recording =
        BackendVariant.of(
            plain,
            (method, arguments) ->
                switch (method) {
                  case "matrixPacking" -> Optional.of(packing);
                  case "rowPrograms" -> programs;
                  default -> null;
                });
    Backends.use(
        recording,
        () -> {
          Tensor initial = Tensor.zeros(DType.F32, Shape.of(BATCH, WIDTH));
          var result = Scan.over(step).in(ScanMode.COMPILED).run(x, initial);
          then.accept(result.outputs(), List.of(x, w, u));
        });
  }

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F32, Shape.of(extents), 0, 0.5).leaf();
  }

  /** The next program with operands in large arrays, before the next product. */
  private Program next(int product) {
    for (int i = product + 1; events.get(i) instanceof Program program; i++) {
      if (!program.far.isEmpty()) {
        return program;
      }
    }
    throw new AssertionError("no program after product " + product);
  }

  @Test
  void aProductIsToldWhatTheNextProgramWorksOn() {
    int steps = 64;
    gradients(steps);
    int told = 0;
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i) instanceof Product(_, _, var next) && !next.isEmpty()) {
        told++;
        Program program = next(i);
        assertTrue(program.all.containsAll(next), "product " + i);
        assertEquals(program.far, next, "product " + i);
      }
    }
    assertEquals(2 * steps - 1, told, "one each step forward, and backward all but the last");
  }

  @Test
  void aProductOutsideTheLoopIsToldWhatTheNextOneReads() {
    int steps = 256;
    Autograd.noGrad(() -> run(steps, (outputs, leaves) -> {}));
    List<Product> outside =
        events.stream()
            .filter(Product.class::isInstance)
            .map(Product.class::cast)
            .filter(product -> product.rows > BATCH)
            .toList();
    assertTrue(outside.size() > 2, outside.size() + " windows");
    for (int i = 1; i < outside.size(); i++) {
      assertEquals(List.of(outside.get(i).left), outside.get(i - 1).next, "product " + i);
    }
  }

  @Test
  void whatIsNearIsNotToldOf() {
    gradients(4);
    assertTrue(events.stream().anyMatch(Product.class::isInstance), "no product");
    for (Object event : events) {
      assertTrue(!(event instanceof Product product) || product.next.isEmpty());
    }
  }
}
