package org.tapeloop.examples.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellStack.Dropping;

final class CellStackTest {
  private static final int TIME = 6;
  private static final int BATCH = 3;
  private static final int INPUTS = 20;

  private final Tensor x =
      Tensor.normal(new RandomStream(4, 0), DType.F32, Shape.of(TIME, BATCH, INPUTS), 0, 1);

  private static CellStack<?> stack(Dropping dropping) {
    return stack(CellKind.named("lstm"), dropping);
  }

  private static <S> CellStack<S> stack(CellKind<S> kind, Dropping dropping) {
    var sizes = new CellStack.Sizes(kind, 2, 24, dropping);
    return CellStack.create(kind, sizes, INPUTS, new Generator(1), new Generator(2));
  }

  /** Where each step has zeros. */
  private static List<List<Integer>> zeros(Tensor sequences) {
    List<List<Integer>> zeros = new ArrayList<>();
    for (int t = 0; t < TIME; t++) {
      float[] step = sequences.select(0, t).toFloatArray();
      List<Integer> places = new ArrayList<>();
      for (int i = 0; i < step.length; i++) {
        if (step[i] == 0) {
          places.add(i);
        }
      }
      zeros.add(places);
    }
    return zeros;
  }

  private static void assertAbout(double part, List<List<Integer>> zeros, int features) {
    double found = zeros.stream().mapToInt(List::size).sum() / (double) (TIME * BATCH * features);
    assertEquals(part, found, 0.15);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void outputsAreDroppedAtTheSamePlacesOfAllStepsIfLocked(boolean locked) {
    Tensor output = stack(new Dropping(0, 0.4, 0, locked)).forward(x).output();
    List<List<Integer>> zeros = zeros(output);
    assertAbout(0.4, zeros, 24);
    assertEquals(locked ? 1 : TIME, new HashSet<>(zeros).size());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inputsAreDroppedAtTheSamePlacesOfAllStepsIfLocked(boolean locked) {
    Tensor inputs = x.leaf();
    Tensor loss = stack(new Dropping(0.4, 0, 0, locked)).forward(inputs).output().square().mean();
    // What is dropped changes nothing.
    List<List<Integer>> zeros = zeros(loss.gradients(inputs).get(inputs));
    assertAbout(0.4, zeros, INPUTS);
    assertEquals(locked ? 1 : TIME, new HashSet<>(zeros).size());
  }

  /** The first step starts from zeros, of which nothing can be dropped. */
  @Test
  void statesAreDroppedFromTheSecondStepOn() {
    Tensor plain = stack(Dropping.NONE).forward(x).output();
    Tensor dropped = stack(new Dropping(0, 0, 0.4, false)).forward(x).output();
    assertArrayEquals(plain.select(0, 0).toFloatArray(), dropped.select(0, 0).toFloatArray());
    assertNotEquals(plain.get(1, 0, 0), dropped.get(1, 0, 0));
  }

  @Test
  void eachSequenceOfEachBatchHasAMaskOfItsOwn() {
    CellStack<?> stack = stack(new Dropping(0, 0.4, 0, true));
    List<Integer> first = zeros(stack.forward(x).output()).getFirst();
    assertNotEquals(first, zeros(stack.forward(x).output()).getFirst());
    List<List<Integer>> ofSequences = new ArrayList<>();
    for (int b = 0; b < BATCH; b++) {
      int from = 24 * b;
      ofSequences.add(
          first.stream().filter(i -> i >= from && i < from + 24).map(i -> i - from).toList());
    }
    assertEquals(BATCH, new HashSet<>(ofSequences).size());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingIsDroppedInEvaluation(boolean locked) {
    CellStack<?> plain = stack(Dropping.NONE);
    CellStack<?> dropping = stack(new Dropping(0.4, 0.4, 0.4, locked));
    assertEquals(plain.parameters().keySet(), dropping.parameters().keySet());
    dropping.eval();
    assertArrayEquals(
        plain.forward(x).output().toFloatArray(), dropping.forward(x).output().toFloatArray());
  }
}
