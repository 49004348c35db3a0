package org.tapeloop.nn.optim;

import java.util.Map;
import org.tapeloop.autograd.Tensor;

/**
 * A part of a training run that changes as it goes, and can be saved and put back so that the run
 * continues bit for bit.
 *
 * <p>Settings given when it was made are not part of the state: it is put back into an object made
 * in the same way.
 */
public interface Restorable {

  /** All that is needed to go on as if there had been no break: tensors by name, at least one. */
  Map<String, Tensor> state();

  /**
   * Goes on from a {@link #state}.
   *
   * @throws IllegalArgumentException if the state does not fit; nothing changes then
   */
  void load(Map<String, Tensor> state);
}
