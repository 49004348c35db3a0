package org.tapeloop.nn.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConstraintTest {
  private static final int VOCABULARY = 4;

  private final Constraint listed =
      Constraint.oneOf(
          List.of(new int[] {0, 1, 2}, new int[] {0, 2}, new int[] {3}, new int[] {1, 1, 1, 3}));

  private static final List<int[]> BEGINNINGS =
      List.of(new int[] {}, new int[] {0}, new int[] {0, 1}, new int[] {0, 2}, new int[] {1, 1, 1});

  @Test
  void restrictingForbidsWhatIsNotAllowed() {
    Constraint even = (written, token) -> token % 2 == 0;
    for (Constraint constraint : List.of(listed, listed.and(even), even.and(listed))) {
      for (int[] written : BEGINNINGS) {
        double[] scores = new double[VOCABULARY];
        boolean any = constraint.restrict(written, scores);
        boolean anyAllowed = false;
        for (int token = 0; token < VOCABULARY; token++) {
          boolean allowed = constraint.allows(written, token);
          assertEquals(allowed ? 0 : Double.NEGATIVE_INFINITY, scores[token]);
          anyAllowed |= allowed;
        }
        assertEquals(anyAllowed, any);
      }
    }
  }

  @Test
  void nothingFollowsWhereTheModelItselfForbidsWhatIsListed() {
    double[] scores = new double[VOCABULARY];
    scores[2] = Double.NEGATIVE_INFINITY;
    assertFalse(listed.restrict(new int[] {0, 1}, scores));
  }

  @Test
  void whatBeginsNoListedSequenceIsFollowedByNothing() {
    assertFalse(listed.restrict(new int[] {2, 0}, new double[VOCABULARY]));
    assertFalse(listed.allows(new int[] {2, 0}, 1));
  }
}
