package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checker against operations that are wrong in a known way. */
class GradCheckTest {
  private static final Generator GENERATOR = new Generator(99);
  private static final Tensor SMALL = normal(2, 3);

  /** So many elements that its Jacobian is checked along random directions. */
  private static final Tensor LARGE = normal(9, 11);

  private static Tensor normal(int... extents) {
    return Tensor.normal(GENERATOR.next(), DType.F64, Shape.of(extents), 0, 1);
  }

  /** tanh, with its gradient times a factor. */
  private static CustomOp tanhWithFactor(double factor) {
    return CustomOp.of(
        "tanh", in -> in[0].tanh(), s -> List.of(s.g().mul(s.y().square().rsub(1)).mul(factor)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRightVjpPasses(boolean large) {
    Tensor x = large ? LARGE : SMALL;
    GradCheck.check(t -> tanhWithFactor(1).apply(t), x);
    GradCheck.check((a, b) -> a.mul(b).sin(), x, x.neg());
    GradCheck.check(in -> in[0].mul(in[1]).add(in[2]), x, x.exp(), x.cos());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSlightlyWrongVjpFails(boolean large) {
    Tensor x = large ? LARGE : SMALL;
    var e =
        assertThrows(
            AssertionError.class,
            () -> GradCheck.check(t -> tanhWithFactor(1 + 1e-4).apply(t).mul(10), x));
    assertTrue(e.getMessage().startsWith("gradcheck, first derivative: "), e.getMessage());
  }

  @Test
  void aFailureNamesTheWorstEntryWithBothValues() {
    CustomOp op =
        CustomOp.of(
            "twice", in -> in[0].mul(2), s -> List.of(s.g().mul(Tensor.ofDoubles(2, 2, 2.5))));
    var e = assertThrows(AssertionError.class, () -> GradCheck.check(x -> op.apply(x), SMALL));
    String expected = "d output[0, 2] / d input 0[0, 2]: analytic 2.50000000, numeric 2.00000000";
    assertTrue(
        e.getMessage().contains("2 of 36 entries differ by more than 1.0E-6"), e.getMessage());
    assertTrue(
        e.getMessage().contains(expected) || e.getMessage().contains("d output[1, 2]"),
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aVjpThatIsNotANumberFails(boolean large) {
    CustomOp op = CustomOp.of("broken", in -> in[0].mul(2), s -> List.of(s.g().mul(Double.NaN)));
    Tensor x = large ? LARGE : SMALL;
    var e = assertThrows(AssertionError.class, () -> GradCheck.check(t -> op.apply(t), x));
    assertTrue(e.getMessage().contains("analytic NaN"), e.getMessage());
  }

  @Test
  void aFunctionThatIsNotANumberFailsThoughItsGradientIsToo() {
    assertThrows(
        AssertionError.class, () -> GradCheck.check(x -> x.sqrt(), Tensor.ofDoubles(-1, 1)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aVjpThatIsRightButCannotBeDifferentiatedAgainFails(boolean large) {
    CustomOp op =
        CustomOp.of(
            "cutOff", in -> in[0].square(), s -> List.of(s.g().mul(s.x(0).detach().mul(2))));
    Tensor x = large ? LARGE : SMALL;
    assertDoesNotThrow(() -> GradCheck.DEFAULTS.firstOrderOnly().verify(in -> op.apply(in[0]), x));
    var e = assertThrows(AssertionError.class, () -> GradCheck.check(t -> op.apply(t), x));
    assertTrue(e.getMessage().startsWith("gradcheck, second derivative: "), e.getMessage());
  }

  @Test
  void aVjpThatLosesItsCotangentAtSecondOrderFails() {
    CustomOp op = CustomOp.of("cutOff", in -> in[0].mul(2), s -> List.of(s.g().detach().mul(2)));
    var e = assertThrows(AssertionError.class, () -> GradCheck.check(t -> op.apply(t), SMALL));
    assertTrue(e.getMessage().contains("d cotangent"), e.getMessage());
  }

  @Test
  void aMissingGradientOfOneInputFails() {
    var e =
        assertThrows(
            AssertionError.class,
            () -> GradCheck.check((a, b) -> a.mul(b.detach()), SMALL, SMALL.exp()));
    assertTrue(e.getMessage().contains("d input 1"), e.getMessage());
  }

  @Test
  void aKinkUnderTheStepFails() {
    assertThrows(
        AssertionError.class, () -> GradCheck.check(x -> x.relu(), Tensor.ofDoubles(1e-7, 1)));
  }

  @Test
  void aFunctionThatDrawsAnewIsFoundOut() {
    Generator generator = new Generator(1);
    var e =
        assertThrows(
            AssertionError.class,
            () -> GradCheck.check(x -> x.dropout(0.5, generator.next()), LARGE));
    assertTrue(e.getMessage().contains("two evaluations at the same point differ"));
  }

  @Test
  void singlePrecisionIsRefused() {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> GradCheck.check(x -> x.exp(), Tensor.of(1)));
    assertEquals("gradcheck: input 0 is F32; differences need F64", e.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> GradCheck.check(x -> x.to(DType.F32), SMALL));
  }

  @Test
  void settingsDecideWhatPasses() {
    GradCheck loose = GradCheck.DEFAULTS.withTolerance(1e-2);
    loose.verify(in -> tanhWithFactor(1 + 1e-4).apply(in[0]), SMALL);
    assertThrows(
        AssertionError.class,
        () -> GradCheck.DEFAULTS.withStep(0.5).verify(in -> in[0].exp(), SMALL));
    assertThrows(IllegalArgumentException.class, () -> GradCheck.DEFAULTS.withTolerance(0));
  }

  @Test
  void theDefaultsAreThoseDocumented() {
    assertEquals(new GradCheck(1e-5, 1e-6, 2, 0), GradCheck.DEFAULTS);
  }

  /** 64 elements to 64 make a Jacobian of 4096 entries. */
  @ParameterizedTest
  @ValueSource(ints = {64, 65})
  void largeJacobiansAreComparedAlongRandomDirections(int n) {
    var e =
        assertThrows(
            AssertionError.class, () -> GradCheck.check(x -> x.mul(x.detach()), normal(n)));
    String expected = n == 64 ? "d output[" : "/ d random direction of input 0";
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void differencesAreAsGoodAsTheDocumentationSays() {
    GradCheck.DEFAULTS.withTolerance(1e-9).verify(in -> in[0].sin().exp(), SMALL);
  }

  @Test
  void emptyAndScalarInputsCanBeChecked() {
    GradCheck.check(x -> x.exp(), normal());
    GradCheck.check((a, b) -> a.mul(b), normal(0, 3), normal(3));
  }
}
