package org.tapeloop.nn.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Tensor;

/**
 * Notices when a validation loss has stopped falling: when it exceeds the best of all validations
 * but the latest n.
 *
 * <p>Source: Merity, Keskar and Socher 2018, "Regularizing and optimizing LSTM language models",
 * arXiv 1708.02182, algorithm 1.
 */
public final class NonMonotoneTrigger implements Restorable {
  private static final String LOSSES = "losses";
  private static final String TRIGGERED = "triggered";

  private final int interval;
  private final List<Double> losses = new ArrayList<>();
  private boolean triggered;

  /**
   * A trigger that waits for the loss to rise above what it was n validations before.
   *
   * @param interval n, at least 0; the paper's is 5
   */
  public NonMonotoneTrigger(int interval) {
    if (interval < 0) {
      throw new IllegalArgumentException(
          "trigger: the interval must be at least 0, not " + interval);
    }
    this.interval = interval;
  }

  /**
   * Looks at one more validation.
   *
   * @return whether the loss has stopped falling, now or before
   */
  public boolean observe(double loss) {
    int old = losses.size() - interval;
    double best = Double.POSITIVE_INFINITY;
    for (int k = 0; k < old; k++) {
      best = Math.min(best, losses.get(k));
    }
    // A loss of NaN has stopped falling, too.
    triggered |= old > 0 && !(loss <= best);
    losses.add(loss);
    return triggered;
  }

  /** Whether the loss has stopped falling. */
  public boolean isTriggered() {
    return triggered;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put(TRIGGERED, States.number(triggered ? 1 : 0));
    all.put(LOSSES, Tensor.ofDoubles(losses.stream().mapToDouble(Double::doubleValue).toArray()));
    return all;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    boolean wasTriggered = States.takeCount(left, "trigger", TRIGGERED) != 0;
    double[] found = States.takeNumbers(left, "trigger", LOSSES);
    States.requireEmpty(left, "trigger");
    triggered = wasTriggered;
    losses.clear();
    for (double loss : found) {
      losses.add(loss);
    }
  }
}
