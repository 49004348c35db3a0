package org.tapeloop.autograd;

/** What becomes of the recorded graph when gradients are taken. */
public enum GraphMode {
  /** Values are freed as backward passes them; the graph serves once. */
  FREE,
  /**
   * The graph stays and can be differentiated again from the start. A compiled scan in it then runs
   * forward again, for its gradients take the memory of what they were computed from.
   */
  RETAIN,
  /**
   * The graph stays and the gradients are recorded themselves, so they can be differentiated:
   * second and higher orders.
   */
  CREATE
}
