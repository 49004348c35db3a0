package org.tapeloop.autograd.outside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.CustomOp;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Saves;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.SymbolicTensorException;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;

/** Uses the public interface only, as a user's own code would. */
class CustomOpTest {

  private static final CustomOp CUBE =
      CustomOp.of(
          "cube", in -> in[0].square().mul(in[0]), s -> List.of(s.g().mul(s.x(0).square().mul(3))));

  /** {@code a e^b}, computed on arrays; broadcasting would be up to the op, so it refuses that. */
  private static final CustomOp SCALED_EXPONENTIAL =
      CustomOp.of(
              "scaledExponential",
              in -> {
                double[] a = in[0].toDoubleArray();
                double[] b = in[1].toDoubleArray();
                double[] out = new double[a.length];
                Arrays.setAll(out, i -> a[i] * Math.exp(b[i]));
                return Tensor.ofDoubles(in[0].shape(), out);
              },
              s -> List.of(s.g().mul(s.x(1).exp()), s.g().mul(s.y())))
          .shapedBy(
              in -> {
                if (!in[0].equals(in[1])) {
                  throw new IllegalArgumentException(
                      "scaledExponential: shapes " + in[0] + " and " + in[1] + " differ");
                }
                return in[0];
              });

  private static final Tensor X = Tensor.ofDoubles(0.5, -1, 2);

  @Test
  void derivativesOfBothOrdersAreThoseOfItsVjp() {
    GradCheck.check(x -> CUBE.apply(x), X);
    GradCheck.check((a, b) -> SCALED_EXPONENTIAL.apply(a, b), X, X.mul(0.3));
  }

  @Test
  void thirdDerivativesComeFromTheVjpToo() {
    Tensor x = X.leaf();
    Tensor g = CUBE.apply(x).sum();
    for (int order = 0; order < 3; order++) {
      g = g.gradients(List.of(x), GraphMode.CREATE).get(x).sum();
    }
    assertEquals(18, g.item(), 1e-12);
  }

  @Test
  void itsForwardIsNotRecorded() {
    List<Boolean> recorded = new ArrayList<>();
    CustomOp op =
        CustomOp.of(
            "observer",
            in -> {
              recorded.add(in[0].requiresGrad() || Autograd.isRecording());
              return in[0].mul(2);
            },
            s -> List.of(s.g().mul(2)));
    Tensor y = op.apply(X.leaf());
    assertTrue(y.requiresGrad());
    assertEquals(List.of(false), recorded);
    assertFalse(Autograd.noGrad(() -> op.apply(X.leaf())).requiresGrad());
  }

  @Test
  void aNullGradientCountsAsZero() {
    CustomOp straight =
        CustomOp.of("first", in -> in[0], s -> Arrays.asList(s.g(), null)).saving(Saves.NOTHING);
    Tensor a = X.leaf();
    Tensor b = Tensor.ones(DType.F64, Shape.of(2)).leaf();
    var gradients = straight.apply(a, b).sum().gradients(a, b);
    assertArrayEquals(new double[] {1, 1, 1}, gradients.get(a).toDoubleArray());
    assertArrayEquals(new double[] {0, 0}, gradients.get(b).toDoubleArray());
  }

  @Test
  void itsVjpRunsOnceAPassForAllOperands() {
    AtomicInteger calls = new AtomicInteger();
    CustomOp op =
        CustomOp.of(
            "counted",
            in -> in[0].mul(in[1]),
            s -> {
              calls.incrementAndGet();
              return List.of(s.g().mul(s.x(1)), s.g().mul(s.x(0)));
            });
    Tensor a = X.leaf();
    Tensor b = X.leaf();
    op.apply(a, b).sum().gradients(a, b);
    assertEquals(1, calls.get());
  }

  @Test
  void aGradientOfAWrongShapeIsRefusedWithBothShapes() {
    CustomOp op = CustomOp.of("sloppy", in -> in[0], s -> List.of(s.g().sum()));
    Tensor x = X.leaf();
    var e =
        assertThrows(IllegalStateException.class, () -> op.apply(x).square().sum().gradients(x));
    assertEquals("sloppy: its vjp gave shape [] for an operand of shape [3]", e.getMessage());
  }

  @Test
  void aGradientOfAStretchedOperandIsSummedBack() {
    CustomOp op = CustomOp.of("plus", in -> in[0].add(in[1]), s -> List.of(s.g(), s.g()));
    GradCheck.check(
        (a, b) -> op.apply(a, b), Tensor.ofDoubles(Shape.of(2, 3), 1, 2, 3, 4, 5, 6), X);
  }

  @Test
  void aWrongNumberOrTypeOfGradientsIsRefused() {
    CustomOp few = CustomOp.of("few", in -> in[0].mul(in[1]), s -> List.of(s.g()));
    Tensor x = X.leaf();
    var number =
        assertThrows(IllegalStateException.class, () -> few.apply(x, x).sum().gradients(x));
    assertEquals("few: its vjp gave 1 gradients for 2 operands", number.getMessage());
    CustomOp single = CustomOp.of("single", in -> in[0], s -> List.of(s.g().to(DType.F32)));
    var type = assertThrows(IllegalStateException.class, () -> single.apply(x).sum().gradients(x));
    assertEquals("single: its vjp gave F32 for operand 0, which is F64", type.getMessage());
  }

  @Test
  void aForwardThatBreaksItsRuleOrTypeIsRefused() {
    CustomOp longer =
        CustomOp.of("longer", in -> in[0], s -> List.of(s.g())).shapedBy(in -> Shape.of(4));
    var shape = assertThrows(IllegalStateException.class, () -> longer.apply(X));
    assertEquals("longer: forward gave F64 [3], not F64 [4]", shape.getMessage());
    CustomOp narrowed = CustomOp.of("narrowed", in -> in[0].to(DType.F32), s -> List.of(s.g()));
    assertThrows(IllegalStateException.class, () -> narrowed.apply(X));
  }

  @Test
  void badOperandsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> CUBE.apply());
    assertThrows(
        IllegalArgumentException.class, () -> SCALED_EXPONENTIAL.apply(X, Tensor.ofDoubles(1, 2)));
    assertThrows(
        IllegalArgumentException.class, () -> SCALED_EXPONENTIAL.apply(X, Tensor.of(1, 2, 3)));
  }

  @Test
  void onlyAnOpWithAShapeRuleCanBeTraced() {
    Tensor symbol = new Trace().symbol(DType.F64, Shape.of(3), true);
    assertEquals(Shape.of(3), SCALED_EXPONENTIAL.apply(symbol, symbol).shape());
    var e = assertThrows(SymbolicTensorException.class, () -> CUBE.apply(symbol));
    assertTrue(e.getMessage().startsWith("cube, which has no shape rule,"), e.getMessage());
  }

  @Test
  void whatWasNotSavedIsNotReadable() {
    CustomOp op = CUBE.saving(Saves.OUTPUT);
    Tensor x = X.leaf();
    var e = assertThrows(IllegalStateException.class, () -> op.apply(x).sum().gradients(x));
    assertTrue(e.getMessage().startsWith("cube: its vjp reads an input"), e.getMessage());
  }
}
