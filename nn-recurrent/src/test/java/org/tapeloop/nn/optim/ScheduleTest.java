package org.tapeloop.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Tensor;

class ScheduleTest {
  private static void assertRates(Schedule schedule, double... expected) {
    double[] rates = LongStream.range(0, expected.length).mapToDouble(schedule::rate).toArray();
    assertArrayEquals(expected, rates, 1e-12);
  }

  @Test
  void eachLawIsItsFormula() {
    assertRates(Schedule.constant(0.5), 0.5, 0.5);
    assertRates(Schedule.step(8, 2, 0.5), 8, 8, 4, 4, 2);
    assertRates(Schedule.multiStep(8, 0.5, 3, 1, 3), 8, 4, 4, 1, 1);
    assertRates(Schedule.exponential(8, 0.5), 8, 4, 2, 1);
    assertRates(Schedule.cosine(3, 1, 4), 3, 2 + Math.sqrt(0.5), 2, 2 - Math.sqrt(0.5), 1);
    assertEquals(3, Schedule.cosine(3, 1, 4).rate(8), 1e-12);
    assertRates(Schedule.cosineRestarts(3, 1, 2, 2), 3, 2, 3, 2 + Math.sqrt(0.5), 2);
    assertRates(Schedule.cosineRestarts(3, 1, 2, 1), 3, 2, 3, 2, 3);
    assertRates(Schedule.linear(4, 0.5, 1, 2), 2, 3, 4, 4);
    assertRates(Schedule.polynomial(4, 2, 2), 4, 1, 0, 0);
    assertRates(Schedule.inverseSquareRoot(6, 2), 3, 6, 6 * Math.sqrt(2. / 3), 6 / Math.sqrt(2));
  }

  @Test
  void schedulesAreChainedAndMultiplied() {
    Schedule halving = Schedule.exponential(8, 0.5);
    assertRates(halving.then(2, Schedule.linear(1, 0, 1, 2)), 8, 4, 0, 0.5, 1);
    assertRates(halving.warmedUp(2, 0.25), 2, 5, 8, 4);
    assertRates(halving.warmedUp(0, 0.25), 8, 4);
    assertRates(halving.times(halving), 64, 16, 4);
    assertRates(halving.times(0.1), 0.8, 0.4);
  }

  @Test
  void farStepsAreReachedAtOnce() {
    assertEquals(3, Schedule.cosineRestarts(3, 1, 1, 1).rate(1L << 60));
    assertEquals(0, Schedule.exponential(1, 0.9).rate(Long.MAX_VALUE));
  }

  @Test
  void oneCycleGoesThroughItsCorners() {
    OneCycle cycle = new OneCycle(1, 11).rising(0.5).dividing(10, 10).linearly();
    // The top is at step 4.5, the end at 10.
    assertEquals(0.1, cycle.rate(0), 1e-15);
    assertEquals(0.1 + 0.9 * 4 / 4.5, cycle.rate(4), 1e-15);
    assertEquals(1 - 0.99 * 0.5 / 5.5, cycle.rate(5), 1e-15);
    assertEquals(0.01, cycle.rate(10), 1e-15);
    assertEquals(0.01, cycle.rate(99), 1e-15);
    assertEquals(0.95, cycle.momentum(0));
    assertEquals(0.85 + 0.1 * 0.5 / 5.5, cycle.momentum(5), 1e-15);
    OneCycle three = cycle.rising(0.4).inThreePhases();
    // The top is at 3.4, the low at 6.8.
    assertEquals(1 - 0.9 * 3.1 / 3.4, three.rate(7 - 1) - 0.9 * 0.5 / 3.4, 1e-12);
    assertEquals(0.1 - 0.09 * 0.2 / 3.2, three.rate(7), 1e-12);
    assertEquals(0.95, three.momentum(8), 1e-12);
    assertEquals(1, new OneCycle(1, 2).rising(0.5).rate(0));
  }

  @Test
  void aCycleThatOnlyRisesStaysAtItsPeak() {
    OneCycle cycle = new OneCycle(1, 5).rising(1);
    assertEquals(0.04, cycle.rate(0), 1e-15);
    for (long step : new long[] {4, 5, 99}) {
      assertEquals(1, cycle.rate(step), "step " + step);
      assertEquals(0.85, cycle.momentum(step), "step " + step);
    }
  }

  @Test
  void aRateThatIsNoneIsRefusedBeforeAnyOptimiserChanges() {
    Weights weights = new Weights(Map.of("w", Tensor.of(1f), "b", Tensor.of(1f)));
    Sgd one = new Sgd(Map.of("w", weights.get("w")), 9);
    Sgd other = new Sgd(Map.of("b", weights.get("b")), 9);
    Scheduler scheduler =
        new Scheduler().drive(one, step -> 2 + step).drive(other, step -> 1 - step);
    scheduler.step();
    var e = assertThrows(IllegalArgumentException.class, scheduler::step);
    assertEquals(
        "optimizer: the learning rate at step 2 must be finite and at least 0, not -1.0",
        e.getMessage());
    assertEquals(1, scheduler.current());
    assertEquals(3, one.learningRate());
    var state = Map.of("step", Tensor.scalar(7));
    assertThrows(IllegalArgumentException.class, () -> scheduler.load(state));
    assertEquals(1, scheduler.current());
  }

  @Test
  void whatIsFiniteIsBetterThanAnInfiniteFirstValue() {
    ReduceOnPlateau plateau = new ReduceOnPlateau(1).patience(0);
    double infinity = Double.POSITIVE_INFINITY;
    for (double value : new double[] {infinity, 5, 4, 3}) {
      assertEquals(1, plateau.observe(value), "value " + value);
    }
    ReduceOnPlateau rising = new ReduceOnPlateau(1).patience(0).maximizing();
    for (double value : new double[] {-infinity, -5, -4}) {
      assertEquals(1, rising.observe(value), "value " + value);
    }
  }

  @Test
  void aPlateauIsWhatLastsLongerThanPatience() {
    ReduceOnPlateau plateau =
        new ReduceOnPlateau(1).factor(0.5).patience(1).absoluteThreshold(0.1).cooldown(1);
    double[] values = {5, 4, 3.95, 3.95, 3.95, 3.95, 3.95, Double.NaN, Double.NaN};
    double[] expected = {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25};
    for (int i = 0; i < values.length; i++) {
      assertEquals(expected[i], plateau.observe(values[i]), "value " + i);
    }
    ReduceOnPlateau rising = new ReduceOnPlateau(1).patience(0).maximizing().minimum(0.05);
    assertEquals(1, rising.observe(1));
    assertEquals(1, rising.observe(2));
    assertEquals(0.1, rising.observe(2));
    assertEquals(0.05, rising.observe(2));
    assertEquals(0.05, rising.observe(2));
  }

  @Test
  void aPlateauIsRestoredInTheMiddle() {
    ReduceOnPlateau plateau = new ReduceOnPlateau(1).patience(2).cooldown(2);
    double[] values = {3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2};
    for (int cut = 0; cut < values.length; cut++) {
      ReduceOnPlateau whole = new ReduceOnPlateau(1).patience(2).cooldown(2);
      ReduceOnPlateau fresh = new ReduceOnPlateau(7).patience(2).cooldown(2);
      for (int i = 0; i < values.length; i++) {
        if (i == cut) {
          fresh.load(whole.state());
        }
        double rate = whole.observe(values[i]);
        assertEquals(rate, i < cut ? rate : fresh.observe(values[i]));
      }
    }
    assertThrows(IllegalArgumentException.class, () -> plateau.load(Map.of()));
  }

  @Test
  void aSchedulerDrivesOptimisersAndIsRestored() {
    Weights weights = new Weights(Map.of("w", Tensor.of(1f), "b", Tensor.of(1f)));
    Sgd one = new Sgd(Map.of("w", weights.get("w")), 9);
    Sgd other = new Sgd(Map.of("b", weights.get("b")), 9);
    Schedule halving = Schedule.exponential(8, 0.5);
    Scheduler scheduler = new Scheduler().drive(one, halving).drive(other, halving.times(10));
    assertEquals(8, one.learningRate());
    scheduler.step();
    scheduler.step();
    assertEquals(2, one.learningRate());
    assertEquals(20, other.learningRate());
    Scheduler fresh = new Scheduler().drive(one, halving);
    fresh.load(scheduler.state());
    assertEquals(2, fresh.current());
    assertEquals(2, one.learningRate());
    assertThrows(IllegalArgumentException.class, () -> fresh.drive(one, halving));
    assertThrows(
        IllegalArgumentException.class, () -> fresh.load(Map.of("step", Tensor.scalar(1.5))));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Schedule.step(1, 0, 0.5));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosineRestarts(1, 0, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.constant(1).then(-1, k -> 0));
    assertThrows(IllegalArgumentException.class, () -> new OneCycle(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new OneCycle(1, 5).rising(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new OneCycle(1, 5).dividing(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new ReduceOnPlateau(-1));
    assertThrows(IllegalArgumentException.class, () -> new ReduceOnPlateau(1).factor(1));
    assertThrows(IllegalArgumentException.class, () -> new ReduceOnPlateau(1).patience(-1));
  }
}
