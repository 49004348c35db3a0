package org.tapeloop.nn.optim;

/**
 * One cycle of the learning rate, up and then far down, with the momentum going the other way.
 *
 * <pre>
 * low = peak / initialDivisor,  end = low / finalDivisor
 * two phases:    low -> peak until step rising * steps - 1,  peak -> end until steps - 1
 * three phases:  low -> peak until rising * steps - 1,  peak -> low until 2 * rising * steps - 2,
 *                low -> end until steps - 1
 * </pre>
 *
 * <p>Within a phase rates follow half a cosine, or a straight line. The momentum falls from its
 * highest to its lowest value in the first phase, rises in the second, and stays in a third. After
 * the last step all stays as it is. Source: Smith and Topin 2018, arXiv 1708.07120; the divisors
 * are PyTorch's.
 *
 * @param peak the highest rate
 * @param steps of the whole cycle
 * @param rising the part of the steps in which the rate rises, in [0, 1]
 * @param linear whether phases are straight lines
 * @param initialDivisor peak over first rate
 * @param finalDivisor first rate over last rate
 * @param threePhases whether the rate falls as it has risen before it falls further
 * @param leastMomentum at the peak of the rate
 * @param mostMomentum at both ends
 */
public record OneCycle(
    double peak,
    long steps,
    double rising,
    boolean linear,
    double initialDivisor,
    double finalDivisor,
    boolean threePhases,
    double leastMomentum,
    double mostMomentum)
    implements Schedule {

  /** PyTorch's defaults. */
  public OneCycle(double peak, long steps) {
    this(peak, steps, 0.3, false, 25, 1e4, false, 0.85, 0.95);
  }

  /** Checks the settings. */
  public OneCycle {
    if (steps < 1) {
      throw new IllegalArgumentException("one cycle: steps must be at least 1, not " + steps);
    }
    if (!(rising >= 0 && rising <= 1)) {
      throw new IllegalArgumentException(
          "one cycle: the rising part must lie in [0, 1], not " + rising);
    }
    if (!(initialDivisor > 0) || !(finalDivisor > 0)) {
      throw new IllegalArgumentException(
          "one cycle: the divisors must be above 0, not %s and %s"
              .formatted(initialDivisor, finalDivisor));
    }
  }

  /** Rising in another part of the steps. */
  public OneCycle rising(double part) {
    return new OneCycle(
        peak,
        steps,
        part,
        linear,
        initialDivisor,
        finalDivisor,
        threePhases,
        leastMomentum,
        mostMomentum);
  }

  /** With straight lines in place of cosines. */
  public OneCycle linearly() {
    return new OneCycle(
        peak,
        steps,
        rising,
        true,
        initialDivisor,
        finalDivisor,
        threePhases,
        leastMomentum,
        mostMomentum);
  }

  /** With other rates at the ends. */
  public OneCycle dividing(double initial, double last) {
    return new OneCycle(
        peak, steps, rising, linear, initial, last, threePhases, leastMomentum, mostMomentum);
  }

  /** Falling as it has risen before it falls further. */
  public OneCycle inThreePhases() {
    return new OneCycle(
        peak,
        steps,
        rising,
        linear,
        initialDivisor,
        finalDivisor,
        true,
        leastMomentum,
        mostMomentum);
  }

  /** With other bounds of the momentum. */
  public OneCycle momenta(double least, double most) {
    return new OneCycle(
        peak, steps, rising, linear, initialDivisor, finalDivisor, threePhases, least, most);
  }

  @Override
  public double rate(long step) {
    double low = peak / initialDivisor;
    double end = low / finalDivisor;
    return threePhases ? at(step, low, peak, low, end) : at(step, low, peak, end, end);
  }

  /** The momentum of a step, for {@link Sgd#momentum} or the first of Adam's betas. */
  public double momentum(long step) {
    return at(step, mostMomentum, leastMomentum, mostMomentum, mostMomentum);
  }

  /** What stands at the ends of phases, mixed. */
  private double at(long given, double first, double second, double third, double fourth) {
    long step = Math.min(given, steps - 1);
    double top = rising * steps - 1;
    double last = steps - 1.0;
    double back = threePhases ? 2 * rising * steps - 2 : last;
    if (step <= top) {
      return mixed(step, 0, top, first, second);
    }
    return step <= back || !threePhases
        ? mixed(step, top, back, second, third)
        : mixed(step, back, last, third, fourth);
  }

  private double mixed(long step, double start, double stop, double from, double to) {
    double part = stop == start ? 1 : Math.min(1, (step - start) / (stop - start));
    return linear
        ? from + (to - from) * part
        : to + (from - to) * (1 + StrictMath.cos(Math.PI * part)) / 2;
  }
}
