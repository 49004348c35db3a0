package org.tapeloop.nn.decoding;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sequences of a list, as a tree of all their beginnings. */
final class ListedSequences implements Constraint {
  private final Beginning empty = new Beginning();

  /** A beginning, with the longer ones by the token that they add. */
  private static final class Beginning {
    private final Map<Integer, Beginning> longer = new HashMap<>();
  }

  ListedSequences(List<int[]> sequences) {
    for (int[] sequence : sequences) {
      Beginning at = empty;
      for (int token : sequence) {
        at = at.longer.computeIfAbsent(token, unseen -> new Beginning());
      }
    }
  }

  /** What may follow what was written; null if no sequence begins so. */
  private @Nullable Map<Integer, Beginning> after(int[] written) {
    Beginning at = empty;
    for (int token : written) {
      at = at.longer.get(token);
      if (at == null) {
        return null;
      }
    }
    return at.longer;
  }

  @Override
  public boolean allows(int[] written, int token) {
    Map<Integer, Beginning> allowed = after(written);
    return allowed != null && allowed.containsKey(token);
  }

  /** Goes down the tree once, not once a token. */
  @Override
  public boolean restrict(int[] written, double[] scores) {
    Map<Integer, Beginning> allowed = after(written);
    boolean any = false;
    for (int token = 0; token < scores.length; token++) {
      if (allowed == null || !allowed.containsKey(token)) {
        scores[token] = Double.NEGATIVE_INFINITY;
      }
      any |= scores[token] != Double.NEGATIVE_INFINITY;
    }
    return any;
  }
}
