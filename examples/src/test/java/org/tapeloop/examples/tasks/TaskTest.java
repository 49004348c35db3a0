package org.tapeloop.examples.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class TaskTest {
  static List<Task> tasks() {
    return Tasks.all(12);
  }

  @ParameterizedTest
  @MethodSource("tasks")
  void sequencesAreTheSameForTheSameDiceAndFitTheTask(Task task) {
    Task.Batch batch = task.batch(new Dice(1, 2), 6);
    assertEquals(task.inputs(), batch.x().extent(2));
    assertEquals(6, batch.x().extent(1));
    double[] x = batch.x().toDoubleArray();
    assertArrayEquals(x, task.batch(new Dice(1, 2), 6).x().toDoubleArray());
    assertFalse(Arrays.equals(x, task.batch(new Dice(1, 3), 6).x().toDoubleArray()), "stream");
    assertFalse(Arrays.equals(x, task.batch(new Dice(2, 2), 6).x().toDoubleArray()), "seed");
  }

  /** The loss of the best constant answer to many sequences, whatever the step. */
  private static double constant(Task task) {
    Task.Batch batch = task.batch(new Dice(5, 5), 2000);
    int steps = batch.x().extent(0);
    return switch (batch.answers()) {
      case Answers.Numbers(Tensor values, double unit) -> {
        double[] all = values.toDoubleArray();
        yield SeriesTask.variance(all) / unit;
      }
      case Answers.Classes(IntTensor classes, double floor) -> {
        double[] counts = new double[task.outputs()];
        double asked = 0;
        for (int wanted : classes.toArray()) {
          if (wanted != Answers.Classes.NONE) {
            counts[wanted]++;
            asked++;
          }
        }
        double[] scores = new double[steps * 2000 * counts.length];
        for (int i = 0; i < scores.length; i++) {
          scores[i] = Math.log(counts[i % counts.length] / asked + 1e-12);
        }
        Tensor outputs = Task.numbers(scores, steps, 2000, counts.length);
        yield batch.answers().loss(outputs).item();
      }
    };
  }

  /** Of all but copy memory, whose blind answer knows which steps ask for a blank. */
  static List<Task> tasksWithoutBlanks() {
    return tasks().stream().filter(task -> !(task instanceof CopyMemory)).toList();
  }

  @Test
  void blindAnswersToCopyMemoryKnowTheBlanksAndGuessTheRest() {
    int steps = 12 + 20;
    int size = 500;
    Task.Batch batch = new CopyMemory(12).batch(new Dice(5, 5), size);
    double[] scores = new double[steps * size * 9];
    Arrays.fill(scores, -1e3);
    for (int i = 0; i < steps * size; i++) {
      boolean blank = i / size < steps - 10;
      Arrays.fill(scores, 9 * i + (blank ? 8 : 0), 9 * i + (blank ? 9 : 8), 0);
    }
    double loss = batch.answers().loss(Task.numbers(scores, steps, size, 9)).item();
    assertEquals(new CopyMemory(12).blind(), loss, 1e-6);
  }

  @ParameterizedTest
  @MethodSource("tasksWithoutBlanks")
  void blindIsTheLossOfAConstantAnswer(Task task) {
    assertEquals(task.blind(), constant(task), 0.05 * task.blind());
  }

  @Test
  void addingAsksForTheSumOfTheMarked() {
    Task.Batch batch = new Adding(10).batch(new Dice(3, 0), 4);
    double[] x = batch.x().toDoubleArray();
    double[] sums = ((Answers.Numbers) batch.answers()).values().toDoubleArray();
    for (int b = 0; b < 4; b++) {
      double sum = 0;
      int marks = 0;
      for (int t = 0; t < 10; t++) {
        sum += x[(t * 4 + b) * 2] * x[(t * 4 + b) * 2 + 1];
        marks += (int) x[(t * 4 + b) * 2 + 1];
      }
      assertEquals(2, marks);
      assertEquals(sum, sums[b], 1e-6);
    }
  }

  @Test
  void everyReberStringIsOfTheGrammarAndItsFloorIsThatOfItsChoices() {
    Task.Batch batch = new ReberGrammar(false).batch(new Dice(2, 0), 50);
    Answers.Classes answers = (Answers.Classes) batch.answers();
    int[] wanted = answers.classes().toArray();
    for (int b = 0; b < 50; b++) {
      StringBuilder text = new StringBuilder();
      for (int t = 0; t < wanted.length / 50; t++) {
        int symbol = wanted[t * 50 + b];
        text.append(symbol < 0 ? "" : "BTSXPVE".substring(symbol, symbol + 1));
      }
      assertTrue(text.toString().matches("(TS*X(XT*V(PX)?)?.*|PT*V.*)E"), text::toString);
    }
    assertTrue(answers.floor() > 0.3 && answers.floor() < Math.log(2));
  }

  @Test
  void mackeyGlassIsChaoticInItsBounds() {
    Task.Batch batch = new MackeyGlass(6, 200).batch(new Dice(1, 0), 8);
    double[] x = batch.x().toDoubleArray();
    double variance = SeriesTask.variance(x);
    // The standard deviation of the series at delay 17 is about 0.23.
    assertEquals(0.23, Math.sqrt(variance), 0.04);
  }

  @Test
  void theOrthogonalMatrixIsOrthogonalAndTheCellDifferentiable() {
    OrthogonalCell cell = new OrthogonalCell(3, 6, new Generator(1));
    cell.to(DType.F64);
    Tensor q = cell.orthogonal();
    double[] product = q.matmul(q.t()).toDoubleArray();
    for (int i = 0; i < product.length; i++) {
      assertEquals(i % 7 == 0 ? 1 : 0, product[i], 1e-9);
    }
    Tensor x = Tensor.normal(new Generator(2).next(), DType.F64, Shape.of(2, 3), 0, 1);
    Tensor h = Tensor.normal(new Generator(3).next(), DType.F64, Shape.of(2, 6), 0, 1);
    GradCheck.check((a, b) -> cell.step(a, b).output(), x, h);
  }
}
