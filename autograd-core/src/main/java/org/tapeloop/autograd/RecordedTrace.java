package org.tapeloop.autograd;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a trace had recorded, kept to see whether a later call of the function does the same: it is
 * called on the same symbols, each operation is compared with the one that was recorded, and gives
 * the recorded results. That takes a fraction of recording anew, and holds on to no captured
 * tensor.
 *
 * <p>Safe for several threads at once.
 */
public final class RecordedTrace {
  private static final ScopedValue<Following> FOLLOWING = ScopedValue.newInstance();

  private final Trace trace;
  private final List<Trace.Call> calls;

  /** The calls that were made with recording for gradients switched on. */
  private final BitSet taped;

  private final List<Tensor> captureSymbols;

  /** For each call the number of the captured tensor that each operand is, or -1. */
  private final int[][] captured;

  RecordedTrace(Trace trace, List<Trace.Call> calls, BitSet taped, List<Tensor> captureSymbols) {
    this.trace = trace;
    this.calls = List.copyOf(calls);
    this.taped = (BitSet) taped.clone();
    this.captureSymbols = List.copyOf(captureSymbols);
    this.captured = new int[calls.size()][];
    for (int i = 0; i < captured.length; i++) {
      captured[i] = calls.get(i).inputs().stream().mapToInt(captureSymbols::indexOf).toArray();
    }
  }

  /** The operations in order. */
  public List<Trace.Call> calls() {
    return calls;
  }

  /** The symbols of the captured tensors, in order of their first use. */
  public List<Tensor> captureSymbols() {
    return captureSymbols;
  }

  /**
   * A call that did the same.
   *
   * @param captured the tensors that it met, in the order of {@link #captureSymbols}
   */
  public record Followed<T>(T result, List<Tensor> captured) {}

  /**
   * Calls a function on the symbols of this trace again, as {@link Trace#once} did.
   *
   * @return null if it did anything else than what was recorded, such as another operation, or met
   *     a captured tensor of another shape
   */
  public <T> @Nullable Followed<T> follow(Supplier<T> function) {
    Following following = new Following(this);
    T result;
    try {
      result = ScopedValue.where(FOLLOWING, following).call(function::get);
    } catch (Diverged | SymbolicTensorException e) {
      return null;
    }
    return following.isWhole() ? new Followed<>(result, following.captured()) : null;
  }

  /** Whether a function is called to see whether it does what was recorded. */
  static boolean isFollowing() {
    return FOLLOWING.isBound();
  }

  /** The call that follows a trace; null if there is no trace, or it is recording. */
  static @Nullable Following following(@Nullable Trace trace) {
    if (trace == null || !FOLLOWING.isBound()) {
      return null;
    }
    Following following = FOLLOWING.get();
    return following.recorded.trace == trace ? following : null;
  }

  /**
   * One call of the function. Each operation is repeated: it gives the recorded results, or throws
   * {@link Diverged} if it is not the recorded one. Of few operands no array is made.
   */
  static final class Following {
    private final RecordedTrace recorded;
    private final @Nullable Tensor[] captured;
    private int next;
    private boolean diverged;

    private Following(RecordedTrace recorded) {
      this.recorded = recorded;
      this.captured = new @Nullable Tensor[recorded.captureSymbols.size()];
    }

    List<Tensor> repeat(Op<?> op, Object attributes, Tensor a) {
      return results(isNext(op, attributes, 1) && isOperand(0, a));
    }

    List<Tensor> repeat(Op<?> op, Object attributes, Tensor a, Tensor b) {
      return results(isNext(op, attributes, 2) && isOperand(0, a) && isOperand(1, b));
    }

    List<Tensor> repeat(Op<?> op, Object attributes, Tensor a, Tensor b, Tensor c) {
      return results(
          isNext(op, attributes, 3) && isOperand(0, a) && isOperand(1, b) && isOperand(2, c));
    }

    List<Tensor> repeat(Op<?> op, Object attributes, Tensor[] in) {
      boolean same = isNext(op, attributes, in.length);
      for (int i = 0; same && i < in.length; i++) {
        same = isOperand(i, in[i]);
      }
      return results(same);
    }

    private List<Tensor> results(boolean same) {
      if (!same) {
        diverged = true;
        throw new Diverged();
      }
      return recorded.calls.get(next++).outputs();
    }

    private boolean isNext(Op<?> op, Object attributes, int operands) {
      if (diverged || next == recorded.calls.size()) {
        return false;
      }
      Trace.Call call = recorded.calls.get(next);
      return call.op() == op
          && call.inputs().size() == operands
          && recorded.taped.get(next) == Autograd.isRecording()
          && Objects.deepEquals(call.attributes(), attributes);
    }

    private boolean isOperand(int i, Tensor given) {
      int number = recorded.captured[next][i];
      return number < 0
          ? recorded.calls.get(next).inputs().get(i) == given
          : isCapture(number, given);
    }

    private boolean isCapture(int number, Tensor given) {
      Tensor known = captured[number];
      if (known != null || given.isSymbolic()) {
        return known == given;
      }
      Tensor symbol = recorded.captureSymbols.get(number);
      boolean fits =
          symbol.shape().equals(given.shape())
              && symbol.dtype() == given.dtype()
              && symbol.requiresGrad() == given.requiresGrad();
      for (Tensor other : captured) {
        fits &= other != given;
      }
      captured[number] = given;
      return fits;
    }

    private boolean isWhole() {
      return !diverged && next == recorded.calls.size();
    }

    /** Without nulls once the call is whole: each captured tensor is some call's operand. */
    private List<Tensor> captured() {
      return Arrays.asList(captured);
    }
  }

  /** Ends a call that does something else. */
  private static final class Diverged extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Diverged() {
      super("the function does something else than what was recorded", null, false, false);
    }
  }
}
