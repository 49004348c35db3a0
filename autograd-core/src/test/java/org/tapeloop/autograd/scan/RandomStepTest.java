package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Compiled scans of random steps give what eager ones give: outputs, final states, gradients. */
class RandomStepTest {
  private static final int STEPS_A_SEED = 60;

  private static final Backend PLAIN = Backends.named("reference");
  private static final Backend PACKING =
      BackendVariant.of(PLAIN, "matrixPacking", Optional.of(new CopiedMatrices(PLAIN)));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void compiledEqualsEager(long seed) {
    for (int i = 0; i < STEPS_A_SEED; i++) {
      RandomCase drawn = RandomCase.draw(seed * 1000 + i);
      Backend backend = i % 3 == 0 ? PACKING : PLAIN;
      if (drawn.failure(backend) != null) {
        RandomCase smallest = drawn.shrink(c -> c.failure(backend) != null);
        fail(smallest.failure(backend) + "\n" + smallest + "\nfound with seed " + drawn.seed());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(RandomOp.class)
  void everyOperationIsDrawnAlone(RandomOp op) {
    for (int width = 1; width <= 3; width++) {
      var instruction = new RandomStep.Instruction(op, 1, 0, 2);
      RandomStep step =
          new RandomStep(
              List.of(width),
              List.of(),
              List.of(4 - width),
              List.of(instruction),
              List.of(new RandomStep.Next(2, true)),
              List.of(2),
              false,
              false);
      RandomCase alone =
          new RandomCase(
              width,
              step,
              3,
              2,
              org.tapeloop.autograd.DType.F64,
              true,
              0,
              EnumSet.noneOf(RandomCase.Use.class),
              EnumSet.noneOf(Pass.class));
      assertEquals(null, alone.failure(PLAIN), alone::toString);
    }
  }

  /** A backend whose tanh is wrong stands for a defect of the compiler. */
  @Test
  void aFailureShrinksToItsCause() {
    Backend defective =
        BackendVariant.of(
            PLAIN,
            (method, arguments) -> {
              boolean tanh = method.equals("unary") && arguments[0] == UnaryKernel.TANH;
              if (tanh) {
                ArrayView out = (ArrayView) arguments[2];
                PLAIN.unary(UnaryKernel.TANH, (ArrayView) arguments[1], out);
                PLAIN.binary(org.tapeloop.autograd.spi.BinaryKernel.MUL, out, out, out);
              }
              return tanh ? Optional.empty() : null;
            });
    List<RandomCase> failing = new ArrayList<>();
    for (long seed = 0; failing.size() < 5; seed++) {
      RandomCase drawn = RandomCase.draw(seed);
      boolean large = drawn.step().body().size() > 4 && drawn.time() > 1 && drawn.batch() > 1;
      if (large && drawn.failure(PLAIN) == null && drawn.failure(defective) != null) {
        failing.add(drawn);
      }
    }
    for (RandomCase drawn : failing) {
      RandomCase smallest = drawn.shrink(c -> c.failure(defective) != null);
      String text = smallest.toString();
      assertTrue(text.toLowerCase(Locale.ROOT).contains("tanh"), text);
      assertEquals(1, smallest.step().body().size(), text);
      assertEquals(1, smallest.time(), text);
      assertEquals(1, smallest.batch(), text);
      assertEquals(Set.of(), smallest.uses(), text);
      assertEquals(Set.of(), smallest.without(), text);
      assertEquals(1, smallest.step().inputs().size() + smallest.step().states().size(), text);
      assertEquals(List.of(), smallest.step().words(), text);
    }
  }

  /** Packs a matrix by copying it. */
  private record CopiedMatrices(Backend backend) implements MatrixPacking {
    private record Copy(ArrayView view) implements PackedMatrix {
      @Override
      public int rows() {
        return view.layout().extent(0);
      }

      @Override
      public int columns() {
        return view.layout().extent(1);
      }
    }

    @Override
    public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
      ArrayView copy = reuse == null ? b.allocate(b.layout().extents()) : ((Copy) reuse).view;
      backend.copy(b, copy);
      return new Copy(copy);
    }

    @Override
    public void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
      backend.gemm(alpha, a, ((Copy) b).view, beta, out);
    }
  }
}
