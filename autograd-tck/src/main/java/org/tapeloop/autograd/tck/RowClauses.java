package org.tapeloop.autograd.tck;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.tapeloop.autograd.spi.Backend;

/** Section 3 of the contract: gatherRows, scatterAddRows. */
class RowClauses extends ClauseGroup {
  private static final int[] SHUFFLED = {6, 0, 3, 10, 1};
  private static final int[] REPEATED = {4, 4, 0, 4, 10, 0, 4, 9, 4};

  RowClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("3.1")
  void gatherCopiesTheNamedRowsBitForBit() {
    for (int features : LENGTHS) {
      verify(Kernels.gatherRows(SHUFFLED, 11, features));
    }
    verify(Kernels.gatherRows(REPEATED, 11, 13));
    verify(Kernels.gatherRows(SHUFFLED, 11, 13).on(Values.cycling(Domains.specialPoints())));
  }

  @Clause("3.2")
  void scatterAddsToWhatStandsInTheOutput() {
    for (int features : LENGTHS) {
      verify(Kernels.scatterAddRows(SHUFFLED, 11, features));
    }
  }

  @Clause("3.3")
  void repeatedRowsAddUp() {
    for (int features : LENGTHS) {
      verify(Kernels.scatterAddRows(REPEATED, 11, features));
    }
    int[] sameRow = new int[1000];
    Arrays.fill(sameRow, 2);
    verify(Kernels.scatterAddRows(sameRow, 3, 17));
  }

  @Clause("3.4")
  void rowsThatAreNotNamedKeepEveryBit() {
    Values delicate = Values.cycling(Double.NaN, -0.0, Double.NEGATIVE_INFINITY);
    int features = 17;
    verify(
        Kernels.scatterAddRows(new int[] {1, 3}, 5, features)
            .over(
                (random, i) -> {
                  int row = i / features;
                  return row == 1 || row == 3
                      ? Values.NORMAL.draw(random, i)
                      : delicate.draw(random, i);
                }));
  }
}
