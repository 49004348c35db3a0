package org.tapeloop.autograd.scan;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The parts of planning that can be left out. All are in use, but where a test shows that results
 * do not depend on one of them, or a benchmark what it gives.
 */
enum Pass {
  /** What no state enters is computed before the loop, what no state needs after it. */
  HOIST,
  /** Gradients of what all steps share are summed over many steps at once, not one by one. */
  DEFER,
  /** Products of concatenations are taken apart. */
  SPLIT,
  /** Products that share a side become one, as do products that are added up. */
  MERGE,
  /**
   * A product is added to what it is added to where that stands, values replace others that nobody
   * reads any more, and sums of what nothing else reads are added up in the loop.
   */
  ACCUMULATE,
  /** What costs no more to compute than to read is computed again instead of kept. */
  RECOMPUTE,
  /** What stands between two products is one program, not one an operation. */
  FUSE,
  /** Matrices of the loop are packed once a run, where the backend can. */
  PACK;

  private static final Set<Pass> ALL = Collections.unmodifiableSet(EnumSet.allOf(Pass.class));
  private static final ScopedValue<Set<Pass>> IN_USE = ScopedValue.newInstance();

  /** The passes that plans of the current scope are made with. */
  static Set<Pass> inUse() {
    return IN_USE.isBound() ? IN_USE.get() : ALL;
  }

  /** Calls a function in whose scope plans are made without some passes. */
  static <T> T without(Collection<Pass> left, Supplier<T> function) {
    Set<Pass> rest = EnumSet.copyOf(inUse());
    rest.removeAll(left);
    return ScopedValue.where(IN_USE, rest).call(function::get);
  }
}
