package org.tapeloop.autograd.scan;

import java.util.List;
import org.tapeloop.autograd.spi.ArrayView;

/** The stages of one direction, made ready for a backend. */
record PassRunner(StageRunner before, StageRunner loop, StageRunner after) {

  /** Whether the backend can pack matrices. */
  boolean packs() {
    return loop.packs();
  }

  /**
   * Packs the matrices for {@link #run}; their elements may change afterwards.
   *
   * @param all those of the products outside the loop too
   */
  void pack(Frame frame, List<ArrayView> captures, int batch, boolean all) {
    loop.packForLoop(frame, captures, batch);
    if (all) {
      before.pack(frame, captures);
      after.pack(frame, captures);
    }
  }

  /**
   * Executes the stages for the steps of a frame.
   *
   * @param backward from the last step to the first
   * @param packed whether all matrices have been packed
   */
  void run(Frame frame, List<ArrayView> captures, boolean backward, boolean packed) {
    before.allSteps(frame, captures, packed);
    loop.loop(frame, captures, backward);
    after.allSteps(frame, captures, packed);
  }
}
